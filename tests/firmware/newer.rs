//! What the RP2350's bootrom needs to find in an image. No emulator runs this chip: the image is read, not run.

use object::{Object, ObjectSection, ObjectSymbol};

use fwc_tests::build_project;

/// RP2350 datasheet, section 5.9.5 (image definition): a block's first and last words.
const BLOCK_START: [u8; 4] = 0xffff_ded3_u32.to_le_bytes();
const BLOCK_END: [u8; 4] = 0xab12_3579_u32.to_le_bytes();

#[test]
fn an_example_for_the_rp2040_is_built_for_the_rp2350_as_its_bootrom_wants_it() {
    let image =
        std::fs::read(build_project("examples/blink", "rpi-pico-2").elf).expect("the image can be read");
    let image = object::File::parse(&*image).expect("the image is an ELF file");
    let section = |name: &str| image.section_by_name(name).unwrap_or_else(|| panic!("no section {name}"));
    let block = section(".start_block");
    assert!(
        (0x1000_0000..0x1000_1000).contains(&block.address()),
        "the bootrom looks in the first 4 KiB of flash, not at {:#x}",
        block.address()
    );
    let bytes = block.data().expect("the block has bytes");
    assert_eq!((&bytes[..4], &bytes[bytes.len() - 4..]), (&BLOCK_START[..], &BLOCK_END[..]));

    // Without a second stage in front of it, the vector table is what flash begins with.
    let vectors = section(".vector_table");
    assert_eq!(vectors.address(), 0x1000_0000);
    let words = vectors.data().expect("the table has bytes");
    let word = |at: usize| u32::from_le_bytes(words[at * 4..at * 4 + 4].try_into().expect("four bytes"));
    assert_eq!(word(0), 0x2008_2000, "the stack begins at the end of the RAM");
    assert!((0x1000_0000..0x1040_0000).contains(&word(1)), "the reset handler is in flash");
    let stack_end = image.symbols().find(|symbol| symbol.name() == Ok("_stack_end")).expect("a symbol");
    assert!((0x2000_0000..0x2008_2000).contains(&stack_end.address()), "the stack's end is in RAM");
}
