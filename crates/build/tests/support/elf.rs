//! Small 32-bit ELF images for the tests, byte by byte from the ELF specification.

use std::path::{Path, PathBuf};

/// A section of a test image.
#[derive(Debug, Clone)]
pub(crate) struct TestSection {
    pub(crate) name: &'static str,
    pub(crate) address: u32,
    pub(crate) load_address: u32,
    pub(crate) content: Content,
    pub(crate) writable: bool,
    pub(crate) executable: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    Zeroes(u32),
}

/// A symbol of a test image: name, section, offset, size, whether it is a function.
pub(crate) type TestSymbol = (&'static str, &'static str, u32, u32, bool);

pub(crate) fn text(name: &'static str, address: u32, bytes: Vec<u8>) -> TestSection {
    TestSection {
        name,
        address,
        load_address: address,
        content: Content::Bytes(bytes),
        writable: false,
        executable: name == ".text",
    }
}

pub(crate) fn data(address: u32, load_address: u32, bytes: Vec<u8>) -> TestSection {
    TestSection {
        name: ".data",
        address,
        load_address,
        content: Content::Bytes(bytes),
        writable: true,
        executable: false,
    }
}

pub(crate) fn bss(address: u32, size: u32) -> TestSection {
    TestSection {
        name: ".bss",
        address,
        load_address: address,
        content: Content::Zeroes(size),
        writable: true,
        executable: false,
    }
}

/// Writes an ELF with one loadable segment a section.
pub(crate) fn elf(entry: u32, sections: &[TestSection], symbols: &[TestSymbol]) -> Vec<u8> {
    const HEADER: usize = 52;
    const PROGRAM_HEADER: usize = 32;
    let mut body = Vec::new();
    let body_offset = HEADER + PROGRAM_HEADER * sections.len();
    let mut names = vec![0_u8];
    let mut headers = vec![[0_u32; 10]];
    let mut segments = Vec::new();
    let name_of = |names: &mut Vec<u8>, name: &str| {
        let offset = names.len() as u32;
        names.extend_from_slice(name.as_bytes());
        names.push(0);
        offset
    };
    for section in sections {
        let offset = (body_offset + body.len()) as u32;
        let (kind, size, in_file) = match &section.content {
            Content::Bytes(bytes) => {
                body.extend_from_slice(bytes);
                (1, bytes.len() as u32, bytes.len() as u32)
            }
            Content::Zeroes(size) => (8, *size, 0),
        };
        let flags = 2 | u32::from(section.writable) | (u32::from(section.executable) << 2);
        let name = name_of(&mut names, section.name);
        headers.push([name, kind, flags, section.address, offset, size, 0, 0, 4, 0]);
        segments.push([1, offset, section.address, section.load_address, in_file, size, 6, 4]);
    }
    let mut strings = vec![0_u8];
    let mut table = vec![0_u8; 16];
    for (name, section, offset, size, is_function) in symbols {
        let index = sections.iter().position(|it| it.name == *section).unwrap();
        let string = name_of(&mut strings, name);
        let value = sections[index].address + offset + u32::from(*is_function);
        for word in [string, value, *size] {
            table.extend_from_slice(&word.to_le_bytes());
        }
        table.extend_from_slice(&[if *is_function { 0x12 } else { 0x11 }, 0]);
        table.extend_from_slice(&(index as u16 + 1).to_le_bytes());
    }
    let string_index = headers.len() as u32 + 1;
    for (name, kind, link, info, entry_size, bytes) in
        [(".symtab", 2, string_index, 1, 16, &table), (".strtab", 3, 0, 0, 0, &strings)]
    {
        let offset = (body_offset + body.len()) as u32;
        body.extend_from_slice(bytes);
        let name = name_of(&mut names, name);
        headers.push([name, kind, 0, 0, offset, bytes.len() as u32, link, info, 4, entry_size]);
    }
    let name = name_of(&mut names, ".shstrtab");
    let offset = (body_offset + body.len()) as u32;
    body.extend_from_slice(&names);
    headers.push([name, 3, 0, 0, offset, names.len() as u32, 0, 0, 1, 0]);
    let header_offset = (body_offset + body.len()) as u32;

    let mut file = vec![0x7F, b'E', b'L', b'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let half = |file: &mut Vec<u8>, value: usize| file.extend_from_slice(&(value as u16).to_le_bytes());
    let word = |file: &mut Vec<u8>, value: u32| file.extend_from_slice(&value.to_le_bytes());
    half(&mut file, 2);
    half(&mut file, 40);
    for value in [1, entry, HEADER as u32, header_offset, 0] {
        word(&mut file, value);
    }
    for value in [HEADER, PROGRAM_HEADER, sections.len(), 40, headers.len(), headers.len() - 1] {
        half(&mut file, value);
    }
    segments.iter().flatten().for_each(|value| word(&mut file, *value));
    file.extend_from_slice(&body);
    headers.iter().flatten().for_each(|value| word(&mut file, *value));
    file
}

pub(crate) fn put(folder: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path
}
