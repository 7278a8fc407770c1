//! Has cargo build the crate anew when a file is added to a folder that is embedded in it.

fn main() {
    println!("cargo:rerun-if-changed=../../boards");
}
