//! The class of the device: descriptors of its ports, and what the host asks of them.
//!
//! USB CDC 1.2 and its subclass specification for PSTN devices: a port has an interface for control, whose notification
//! endpoint stays silent, and one for data. embassy-usb's own class knows nothing of a bus that sleeps, which on many
//! chips is all that is seen of an unplugged cable, and keeps a handler for each port.

use core::marker::PhantomData;

use embassy_usb::control::{InResponse, OutResponse, Recipient, Request, RequestType};
use embassy_usb::driver::Driver;
use embassy_usb::{Builder, Handler};

use super::port::PortState;
use super::{Controller, PACKET};

/// A configuration's head and the descriptors of one port.
pub(super) const DESCRIPTOR_BYTES: usize = 9 + PORT_DESCRIPTOR_BYTES;
/// An association, two interfaces, three functional descriptors and three endpoints.
const PORT_DESCRIPTOR_BYTES: usize = 8 + 2 * 9 + (5 + 4 + 5) + 3 * 7;

const CDC: u8 = 0x02;
const CDC_DATA: u8 = 0x0a;
const ABSTRACT_CONTROL_MODEL: u8 = 0x02;
const FUNCTIONAL: u8 = 0x24;
const SUBTYPE_HEADER: u8 = 0x00;
const SUBTYPE_ACM: u8 = 0x02;
const SUBTYPE_UNION: u8 = 0x06;
/// Line coding and the state of the control lines are understood.
const CAPABILITIES: u8 = 0x02;

const SET_LINE_CODING: u8 = 0x20;
const GET_LINE_CODING: u8 = 0x21;
const SET_CONTROL_LINE_STATE: u8 = 0x22;
const DATA_TERMINAL_READY: u16 = 1 << 0;

/// Bits per second, stop bits, parity and data bits, as they are on the wire.
type LineCoding = [u8; 7];

/// 115,200 baud, 8N1: what a host that asks before it sets is told.
const FIRST_CODING: LineCoding = [0x00, 0xc2, 0x01, 0x00, 0, 0, 8];
/// The rate at which closing the port asks for the boot drive: a convention that Arduino began.
const TOUCH: [u8; 4] = 1200u32.to_le_bytes();

/// Adds a port's descriptors, and gives its two endpoints.
pub(super) fn add_port<D: Driver<'static>>(
    builder: &mut Builder<'static, D>,
) -> (D::EndpointOut, D::EndpointIn) {
    let mut function = builder.function(CDC, ABSTRACT_CONTROL_MODEL, 0);
    let mut interface = function.interface();
    let control = u8::from(interface.interface_number());
    let mut setting = interface.alt_setting(CDC, ABSTRACT_CONTROL_MODEL, 0, None);
    setting.descriptor(FUNCTIONAL, &[SUBTYPE_HEADER, 0x10, 0x01]);
    setting.descriptor(FUNCTIONAL, &[SUBTYPE_ACM, CAPABILITIES]);
    setting.descriptor(FUNCTIONAL, &[SUBTYPE_UNION, control, control + 1]);
    // Hosts expect it, though nothing is ever told on it.
    setting.endpoint_interrupt_in(None, 8, 255);
    let mut interface = function.interface();
    let mut setting = interface.alt_setting(CDC_DATA, 0, 0, None);
    let reader = setting.endpoint_bulk_out(None, PACKET as u16);
    let writer = setting.endpoint_bulk_in(None, PACKET as u16);
    (reader, writer)
}

/// Answers the host's requests to all ports.
pub(super) struct Class<C, const PORTS: usize> {
    controller: PhantomData<C>,
    ports: Option<&'static [PortState; PORTS]>,
    codings: [LineCoding; PORTS],
}

impl<C, const PORTS: usize> Class<C, PORTS> {
    pub(super) const fn new() -> Self {
        // All zeros, so that the static needs no copy of itself in the flash.
        Self { controller: PhantomData, ports: None, codings: [[0; 7]; PORTS] }
    }

    pub(super) fn start(&mut self, ports: &'static [PortState; PORTS]) {
        self.ports = Some(ports);
        self.codings = [FIRST_CODING; PORTS];
    }

    fn ports(&self) -> &'static [PortState] {
        self.ports.map_or(&[], |ports| ports)
    }

    /// The port whose interface for control a request is about: the first of its two.
    fn port(&self, request: &Request) -> Option<usize> {
        let is_mine = (request.request_type, request.recipient) == (RequestType::Class, Recipient::Interface);
        let port = usize::from(request.index / 2);
        (is_mine && request.index.is_multiple_of(2) && port < PORTS).then_some(port)
    }
}

impl<C: Controller, const PORTS: usize> Handler for Class<C, PORTS> {
    fn enabled(&mut self, enabled: bool) {
        // Without a bus there is no reset of it either, so a port would seem open for as long as the cable is out.
        if C::SENSES_POWER && !enabled {
            for port in self.ports() {
                port.set_awake(false);
            }
        }
    }

    fn reset(&mut self) {
        for port in self.ports() {
            port.reset();
        }
    }

    fn suspended(&mut self, suspended: bool) {
        for port in self.ports() {
            port.set_awake(!suspended);
        }
    }

    fn control_out(&mut self, request: Request, data: &[u8]) -> Option<OutResponse> {
        let port = self.port(&request)?;
        match request.request {
            SET_LINE_CODING if data.len() == self.codings[port].len() => {
                self.codings[port].copy_from_slice(data);
            }
            SET_CONTROL_LINE_STATE => {
                let ready = request.value & DATA_TERMINAL_READY != 0;
                self.ports()[port].set_ready(ready);
                if !ready && self.codings[port].starts_with(&TOUCH) {
                    C::touched();
                }
            }
            _ => return Some(OutResponse::Rejected),
        }
        Some(OutResponse::Accepted)
    }

    fn control_in<'a>(&'a mut self, request: Request, _buffer: &'a mut [u8]) -> Option<InResponse<'a>> {
        let port = self.port(&request)?;
        Some(match request.request {
            GET_LINE_CODING => InResponse::Accepted(&self.codings[port]),
            _ => InResponse::Rejected,
        })
    }
}
