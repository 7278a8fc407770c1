use crate::io::CountIo;
use crate::messages::Count;

pub async fn count(mut io: CountIo) -> ! {
    let mut seen = 0;
    loop {
        io.tick.next().await;
        seen += 1;
        io.counts.send(Count { seen }).await;
    }
}
