//! The room's climate and whether the fan is on, as lines of text on the screen.

use crate::io::ShowIo;

/// So many ticks without a reading, three seconds, and the screen says so.
const LOST: u32 = 12;

pub async fn show(mut io: ShowIo) -> ! {
    let mut since_reading = 0_u32;
    loop {
        io.tick.next().await;
        since_reading = if io.climate.try_changed().is_some() { 0 } else { since_reading.saturating_add(1) };
        match io.climate.try_get() {
            Some(climate) if since_reading < LOST => {
                io.screen.print(0, format_args!("room      {:.1} °C", climate.celsius));
                io.screen.print(1, format_args!("humidity  {:.0} %", climate.humidity));
                io.screen.print(2, format_args!("pressure  {:.0} hPa", climate.pressure));
            }
            _ => {
                io.screen.clear();
                io.screen.print(0, "room      no reading");
            }
        }
        let is_cooling = io.cooling.try_get() == Some(true);
        io.screen.print(4, if is_cooling { "fan       on" } else { "fan       off" });
        // A screen that is not there is set up when it is there again: the picture is kept.
        io.screen.show().await.ok();
    }
}
