//! One fwc at a time works on a project.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::{GENERATED, Step};
use crate::failure::{Failure, While};

/// How often a wait looks whether the other one is done, and whether it is still wanted.
const PAUSE: Duration = Duration::from_millis(50);

/// Held until it is dropped; the system drops it for a process that is killed.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Whether somebody else holds the lock, told once.
pub(crate) type Waiting<'a> = &'a mut dyn FnMut();

impl Lock {
    /// Makes `generated/` where it is not there yet, and waits until nobody else works in it.
    pub(crate) fn take(root: &Path, waiting: Waiting<'_>, step: Step<'_>) -> Result<Lock, Failure> {
        let folder = root.join(GENERATED);
        if folder.is_file() {
            return Err(Failure::world(format!(
                "`{GENERATED}` is a file, and fwc needs a folder of that name"
            ))
            .help("move it away"));
        }
        fs::create_dir_all(&folder).doing("creating folder", &folder)?;
        let path = folder.join(".lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        Lock::wait(file.doing("opening", &path)?, File::try_lock, &path, waiting, step)
    }

    /// Waits until nobody writes; none where nobody ever wrote.
    pub(crate) fn share(root: &Path, waiting: Waiting<'_>, step: Step<'_>) -> Result<Option<Lock>, Failure> {
        let path = root.join(GENERATED).join(".lock");
        if !path.exists() {
            return Ok(None);
        }
        let file = File::open(&path).doing("opening", &path)?;
        Lock::wait(file, File::try_lock_shared, &path, waiting, step).map(Some)
    }

    fn wait(
        file: File,
        try_lock: fn(&File) -> Result<(), TryLockError>,
        path: &Path,
        waiting: Waiting<'_>,
        step: Step<'_>,
    ) -> Result<Lock, Failure> {
        let mut told = false;
        loop {
            match try_lock(&file) {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) => {
                    if !std::mem::replace(&mut told, true) {
                        waiting();
                    }
                    step()?;
                    std::thread::sleep(PAUSE);
                }
                // Some network file systems have no locks; there is nobody to wait for then.
                Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                    return Ok(Lock { _file: file });
                }
                Err(TryLockError::Error(error)) => return Err(error).doing("locking", path),
            }
        }
    }
}
