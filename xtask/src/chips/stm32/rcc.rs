//! The registers of an RCC, as stm32-metapac has them, to the switches of clocks among them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::{Context, Result};
use fwc_schema::chip::ClockSwitch;
use serde::Deserialize;
use serde_json::Value;

use super::metadata::Mux;
use crate::chips::literal;
use crate::chips::source::CrateSource;

/// The registers by their version, each of which many chips have: read once.
#[derive(Default)]
pub(super) struct Rccs(RefCell<BTreeMap<String, Rc<Rcc>>>);

impl Rccs {
    pub(super) fn of(&self, package: &CrateSource, version: &str) -> Result<Rc<Rcc>> {
        if let Some(known) = self.0.borrow().get(version) {
            return Ok(Rc::clone(known));
        }
        let file = format!("src/registers/rcc_{version}.rs");
        let read = || -> Result<Rcc> {
            let mut statics = literal::statics(&package.text(&file)?)?;
            let registers: Value = statics.remove("REGISTERS").context("there is no REGISTERS")?;
            Ok(serde_json::from_value(registers)?)
        };
        let rcc = Rc::new(read().with_context(|| format!("while reading {file}"))?);
        self.0.borrow_mut().insert(version.to_owned(), Rc::clone(&rcc));
        Ok(rcc)
    }
}

/// The fields of one version's registers, and what the values of a field are called.
#[derive(Debug, Deserialize)]
pub(super) struct Rcc {
    fieldsets: Vec<FieldSet>,
    enums: Vec<Choice>,
}

#[derive(Debug, Deserialize)]
struct FieldSet {
    name: String,
    fields: Vec<Field>,
}

#[derive(Debug, Deserialize)]
struct Field {
    name: String,
    enumm: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    name: String,
    variants: Vec<Variant>,
}

#[derive(Debug, Deserialize)]
struct Variant {
    name: String,
    value: u64,
}

impl Rcc {
    /// A switch as the HAL has it, with what it chooses at reset.
    ///
    /// embassy-stm32 0.6.0, build.rs (`gen_mux`): a field of its `ClockMux` for each, of the field's type.
    pub(super) fn switch(&self, mux: &Mux) -> Result<(ClockSwitch, &str)> {
        let missing = || format!("the RCC has no {} in {}", mux.field, mux.register);
        let fields = self.fieldsets.iter().find(|set| set.name.eq_ignore_ascii_case(&mux.register));
        let mut fields = fields.with_context(missing)?.fields.iter();
        let field = fields.find(|field| field.name.eq_ignore_ascii_case(&mux.field)).with_context(missing)?;
        let choice = self.enums.iter().find(|choice| Some(&choice.name) == field.enumm.as_ref());
        let choice = choice.with_context(missing)?;
        let at_reset = choice.variants.iter().find(|variant| variant.value == 0);
        let switch = ClockSwitch { field: field.name.clone(), choice: choice.name.clone() };
        Ok((switch, at_reset.map_or("", |variant| &variant.name)))
    }
}
