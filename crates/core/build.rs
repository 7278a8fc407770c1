//! Has cargo build the crate anew when a file is added to a folder that is embedded in it.

fn main() {
    for folder in ["../../boards", "../../templates", "../runtime/src", "../hal-rp/src"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
