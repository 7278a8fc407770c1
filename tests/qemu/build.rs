//! Puts the memory of the emulated board where the linker looks for it.

use std::path::PathBuf;
use std::{env, fs};

/// QEMU, lm3s6965evb: 256 KiB of flash and 64 KiB of RAM.
const CORTEX_M3: &str =
    "MEMORY { FLASH : ORIGIN = 0x00000000, LENGTH = 256K RAM : ORIGIN = 0x20000000, LENGTH = 64K }\n";

/// QEMU, virt: RAM alone, of which a megabyte is plenty.
const RISC_V: &str = "MEMORY { RAM : ORIGIN = 0x80000000, LENGTH = 1M }
REGION_ALIAS(\"REGION_TEXT\", RAM);
REGION_ALIAS(\"REGION_RODATA\", RAM);
REGION_ALIAS(\"REGION_DATA\", RAM);
REGION_ALIAS(\"REGION_BSS\", RAM);
REGION_ALIAS(\"REGION_HEAP\", RAM);
REGION_ALIAS(\"REGION_STACK\", RAM);
";

fn main() {
    let is_arm = env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "arm");
    let folder = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let memory = if is_arm { CORTEX_M3 } else { RISC_V };
    fs::write(folder.join("memory.x"), memory).expect("the folder can be written to");
    println!("cargo::rustc-link-search={}", folder.display());
    if is_arm {
        println!("cargo::rustc-link-arg-bins=--nmagic");
    } else {
        // riscv-rt's link.x takes nothing in by itself.
        println!("cargo::rustc-link-arg-bins=-Tmemory.x");
    }
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rerun-if-changed=build.rs");
}
