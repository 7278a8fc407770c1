//! Answers each question with its successor.

use crate::io::AnswerIo;

pub async fn answer(io: AnswerIo) -> ! {
    loop {
        let question = io.questions.receive().await;
        io.answers.send(question + 1).await;
    }
}
