//! What an entry's generated code takes from the user's own Rust, so that a fault in the two together is told as theirs.

use crate::names::camel_case;
use crate::plan::{Plan, Shape};

impl Plan {
    /// What the user's Rust must be for the code of an entry such as `tasks.control` to compile; nothing where that code
    /// is all fwc's own.
    pub fn user_rust(&self, entry: &str) -> Option<String> {
        let (table, name) = entry.split_once('.')?;
        match table {
            "messages" => self.type_rule(name),
            "channels" => {
                let channel = self.channels.iter().find(|channel| channel.name == name)?;
                let mut words =
                    channel.message.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
                words.find_map(|word| self.type_rule(word))
            }
            "tasks" => {
                let task = self.tasks.iter().find(|task| task.name == name)?;
                if let Some(behavior) = &task.behavior {
                    return self.behavior_rule(behavior);
                }
                let module = task.module.as_ref()?;
                let io = format!("{}Io", camel_case(name));
                Some(format!("`src/{module}.rs` must have `pub async fn {module}(io: {io}) -> !`"))
            }
            _ => None,
        }
    }

    fn behavior_rule(&self, name: &str) -> Option<String> {
        let behavior = self.behaviors.iter().find(|behavior| behavior.name == name)?;
        let arguments = behavior.arguments.join(", ");
        Some(format!(
            "`behaviors/{name}/behavior.rs` must have `pub async fn {name}({arguments}) -> !`, in this order"
        ))
    }

    /// What is asked of the user's own types that a message is made of.
    fn type_rule(&self, name: &str) -> Option<String> {
        let message = self.messages.iter().find(|message| message.name == name)?;
        match &message.shape {
            Shape::Rust { path } => Some(format!("`{path}` must be a type that is `pub` and `Clone`")),
            _ if message.printable => None,
            _ => Some(format!("the Rust types that `{name}` is made of must be `pub` and `Clone`")),
        }
    }
}
