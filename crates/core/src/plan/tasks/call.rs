//! A task's function as it is put together: what it is given, what it does, and how `main` calls it.

use crate::app::{Access, ChannelId, PeripheralId, Task};
use crate::plan::channels::ChannelPlan;
use crate::plan::expression::{Expression, Statement};
use crate::plan::names::Scope;
use crate::plan::tasks::{ParameterCode, Parts, TaskCode};
use crate::resolved::Executor;

/// A task function being put together: each thing that it is given is a parameter here and an argument in `main`.
pub(in crate::plan) struct Call<'a> {
    parts: &'a Parts<'a>,
    pub(in crate::plan) scope: Scope,
    parameters: Vec<ParameterCode>,
    arguments: Vec<Expression>,
}

impl<'a> Call<'a> {
    pub(in crate::plan) fn new(parts: &'a Parts<'a>) -> Call<'a> {
        Call { parts, scope: Scope::default(), parameters: Vec::new(), arguments: Vec::new() }
    }

    pub(super) fn parameter(
        &mut self,
        name: &str,
        suffix: &str,
        rust_type: String,
        argument: Expression,
    ) -> Expression {
        let name = self.scope.take(name, suffix);
        self.parameters.push(ParameterCode { name: name.clone(), rust_type });
        self.arguments.push(argument);
        Expression::plain(name)
    }

    pub(in crate::plan) fn handle(&mut self, id: PeripheralId, access: Access) -> Expression {
        self.named_handle(id, access, "")
    }

    /// A parameter with the peripheral's name and something behind it.
    pub(super) fn named_handle(&mut self, id: PeripheralId, access: Access, suffix: &str) -> Expression {
        let peripheral = &self.parts.peripherals[id.index()];
        let name = format!("{}{suffix}", peripheral.name);
        let argument = Expression::plain(peripheral.local_for(access));
        self.parameter(&name, "_handle", peripheral.alias_for(access), argument)
    }

    pub(super) fn publisher(&mut self, task: &Task) -> Expression {
        self.end(task.publishes[0].value, "Publisher")
    }

    pub(super) fn subscriber(&mut self, id: ChannelId) -> Expression {
        self.end(id, "Subscriber")
    }

    pub(in crate::plan) fn end(&mut self, id: ChannelId, end: &str) -> Expression {
        let channel = &self.parts.channels[id.index()];
        let rust_type = format!("{end}<channels::{}>", channel.code.alias);
        self.parameter(&channel.name, "_channel", rust_type, channel_end(channel, end))
    }

    /// The sources of a `print`, put together two by two so that each is asked in as few steps as there can be.
    pub(super) fn sources(&mut self, task: &Task, body: &mut Vec<Statement>) -> Expression {
        let subscribed = task.subscribes.iter().map(|channel| channel.value);
        let mut level: Vec<String> = Vec::new();
        for id in subscribed {
            let channel = &self.parts.channels[id.index()].name;
            let Expression::Plain(parameter) = self.subscriber(id) else { continue };
            let quoted = Expression::plain(format!("{channel:?}"));
            let source = Expression::call("Source::new", [quoted, Expression::plain(&parameter)]);
            body.push(Statement::bind(&parameter, source));
            level.push(parameter);
        }
        while level.len() > 2 {
            let pairs = level.chunks(2).map(|pair| match pair {
                [first, second] => {
                    let name = self.scope.take("sources", "");
                    body.push(Statement::bind(&name, Expression::plain(format!("{first}.and({second})"))));
                    name
                }
                rest => rest.concat(),
            });
            level = pairs.collect();
        }
        Expression::plain(match level.as_slice() {
            [first, second] => format!("{first}.and({second})"),
            one => one.concat(),
        })
    }

    pub(in crate::plan) fn finish(
        self,
        function: &str,
        executor: Executor,
        body: Vec<Statement>,
        future: Expression,
    ) -> TaskCode {
        let task = Expression::call(format!("tasks::{function}"), self.arguments);
        TaskCode {
            future: self.parts.known(function, future),
            spawn: vec![self.parts.spawn(executor, task)],
            function: function.to_string(),
            parameters: self.parameters,
            never_ends: false,
            is_async: false,
            deadline: None,
            body,
            io: None,
        }
    }
}

/// An end of a channel, as `main` makes it.
pub(super) fn channel_end(channel: &ChannelPlan, end: &str) -> Expression {
    let local = channel.code.local.as_deref().unwrap_or_default();
    Expression::plain(format!("{local}.{}()", end.to_lowercase()))
}
