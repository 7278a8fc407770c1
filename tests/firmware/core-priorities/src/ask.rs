//! Asks the other core, and moves a pin when the right answer is here.

use embedded_hal::digital::StatefulOutputPin;

use crate::io::AskIo;

pub async fn ask(mut io: AskIo) -> ! {
    let mut question = 0;
    loop {
        io.tick.next().await;
        io.questions.send(question).await;
        if io.answers.receive().await == question + 1 {
            io.heard.toggle().ok();
        }
        question += 2;
    }
}
