//! `kind = "usb-serial"`: how the device introduces itself.

use fwc_diag::{Diagnostic, codes};
use fwc_schema::app::UsbSerialKeys;
use fwc_schema::{Field, Spanned};

use crate::app::{UsbIds, UsbSerial};

/// USB 2.0, section 9.6.7: a text's descriptor has its length in one byte, two bytes before the text, and two bytes for
/// each UTF-16 unit.
const LONGEST_TEXT: usize = (u8::MAX as usize - 2) / 2;

/// Checks the keys of a `usb-serial`.
pub(super) fn serial(
    keys: &UsbSerialKeys,
    instance: &Field<String>,
    faults: &mut Vec<Diagnostic>,
) -> Option<UsbSerial> {
    let manufacturer = text("manufacturer", &keys.manufacturer, faults);
    let product = text("product", &keys.product, faults);
    let ids = ids(keys, faults);
    Some(UsbSerial {
        ids: ids?,
        manufacturer: manufacturer?,
        product: product?,
        instance: instance.get().cloned(),
    })
}

/// Both ids or none: a product's number means something among its vendor's alone.
fn ids(keys: &UsbSerialKeys, faults: &mut Vec<Diagnostic>) -> Option<Option<UsbIds>> {
    refuse_lone("vendor-id", &keys.vendor_id, "product-id", &keys.product_id, faults);
    refuse_lone("product-id", &keys.product_id, "vendor-id", &keys.vendor_id, faults);
    match (&keys.vendor_id, &keys.product_id) {
        (Field::Absent, Field::Absent) => Some(None),
        (Field::Given(vendor), Field::Given(product)) => {
            let ids = UsbIds { vendor_id: vendor.value, product_id: product.value };
            refuse_nobody(vendor, faults).then_some(Some(ids))
        }
        _ => None,
    }
}

fn refuse_lone(
    key: &str,
    field: &Field<u16>,
    partner: &str,
    partner_field: &Field<u16>,
    faults: &mut Vec<Diagnostic>,
) {
    if let (Some(span), true) = (field.span(), partner_field.is_absent()) {
        let title = format!("`{key}` needs `{partner}` beside it");
        faults.push(
            Diagnostic::error(codes::MISSING_KEY, title, span)
                .about(partner)
                .note("a host knows a device by both numbers together")
                .help(format!("add `{partner}`, or remove `{key}` for fwc's test ids")),
        );
    }
}

fn refuse_nobody(vendor: &Spanned<u16>, faults: &mut Vec<Diagnostic>) -> bool {
    if vendor.value == 0 {
        faults.push(
            Diagnostic::error(codes::BAD_VALUE, "`vendor-id` cannot be 0", vendor.span)
                .note("the USB-IF has given this number to nobody")
                .help("leave out `vendor-id` and `product-id` for fwc's test ids"),
        );
    }
    vendor.value != 0
}

/// A text that a host can show; nothing in it where the key is absent.
fn text(key: &str, field: &Field<String>, faults: &mut Vec<Diagnostic>) -> Option<Option<String>> {
    let text = match field {
        Field::Absent => return Some(None),
        Field::Faulty(_) => return None,
        Field::Given(text) => text,
    };
    let fault = |title: String| Diagnostic::error(codes::BAD_VALUE, title, text.span);
    let units = text.encode_utf16().count();
    let fault = if text.trim().is_empty() {
        fault(format!("`{key}` is empty")).help("leave it out, and hosts show what they show without")
    } else if text.chars().any(char::is_control) {
        fault(format!("`{key}` has a control character in it")).help("write it in one line of plain text")
    } else if units > LONGEST_TEXT {
        fault(format!("`{key}` is too long"))
            .here(format!("{units} characters"))
            .note(format!("a text of a USB device has {LONGEST_TEXT} at most"))
            .help("shorten it")
    } else {
        return Some(Some(text.value.clone()));
    };
    faults.push(fault);
    None
}
