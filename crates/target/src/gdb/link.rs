//! The debugger's TCP connection, whose waits end when nobody wants them any more.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use gdbstub::conn::{Connection, ConnectionExt};

use super::{GdbEvent, Reports};

/// A debugger that types waits for nothing but this.
const LOOK: Duration = Duration::from_millis(50);
/// While the chip runs, it is asked so often whether it has stopped.
const SOON: Duration = Duration::from_millis(5);
const BUFFER: usize = 1024;

pub(super) struct Link<'a> {
    stream: TcpStream,
    news: &'a Reports,
    cancel: &'a AtomicBool,
    /// Bytes that have come and were not looked at.
    come: VecDeque<u8>,
    /// Bytes that go out together: a packet a segment.
    waiting: Vec<u8>,
}

impl Link<'_> {
    pub(super) fn over<'a>(
        stream: TcpStream,
        news: &'a Reports,
        cancel: &'a AtomicBool,
    ) -> io::Result<Link<'a>> {
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        Ok(Link { stream, news, cancel, come: VecDeque::new(), waiting: Vec::new() })
    }

    /// A byte that is there within a moment.
    pub(super) fn next_byte_soon(&mut self) -> io::Result<Option<u8>> {
        self.byte_within(SOON)
    }

    fn byte_within(&mut self, wait: Duration) -> io::Result<Option<u8>> {
        if self.come.is_empty() {
            self.receive(wait)?;
        }
        Ok(self.come.pop_front())
    }

    /// Takes what comes within a time.
    fn receive(&mut self, wait: Duration) -> io::Result<()> {
        self.news.say(GdbEvent::Alive);
        if self.cancel.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "fwc was interrupted"));
        }
        self.stream.set_read_timeout(Some(wait))?;
        let mut bytes = [0; BUFFER];
        match Read::read(&mut self.stream, &mut bytes) {
            Ok(0) => {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the debugger has closed the connection"))
            }
            Ok(count) => {
                self.come.extend(&bytes[..count]);
                Ok(())
            }
            // Which of both it is differs from system to system.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

impl Connection for Link<'_> {
    type Error = io::Error;

    fn write(&mut self, byte: u8) -> io::Result<()> {
        self.waiting.push(byte);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::write_all(&mut self.stream, &self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}

impl ConnectionExt for Link<'_> {
    fn read(&mut self) -> io::Result<u8> {
        loop {
            if let Some(byte) = self.byte_within(LOOK)? {
                return Ok(byte);
            }
        }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        unreachable!("only a loop of events peeks, and ours reads")
    }
}
