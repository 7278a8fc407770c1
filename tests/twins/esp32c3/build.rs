//! Names the scripts to link with: esp-hal's has the chip's memory in it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for argument in ["-Tlinkall.x", "-Tdefmt.x"] {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
