//! The least conflict of a problem: sets of members by their size, until one of them cannot be served.
//!
//! Of members that are alike in all they could have, only the first ones are tried. A set that can be served is made larger as
//! far as that is easy, and whatever is within it is not tried again. So it takes few tries, and where it would take many, it
//! is given up.

use std::collections::BTreeSet;

use super::{Claim, Hold, Outcome, Problem, fits};

/// The most members of a set that is tried.
const MOST: usize = 4;

/// Candidates and sets that are looked at before it is given up: about a millisecond's.
const WORK: u32 = 300_000;

/// Looks after which a set is left to the search proper, and a member out of a set that is made larger.
const EASY: u32 = 1_000;

/// What a run of the search proper counts for.
const HARD: u32 = 20_000;

/// The first conflict of the least size below `size`; nothing where there is none, or where it takes too long to know.
pub(super) fn smaller_conflict(problem: &Problem, size: usize) -> Option<Vec<usize>> {
    if size < 2 {
        return None;
    }
    let members: BTreeSet<usize> = problem.members.iter().copied().collect();
    let members: Vec<usize> = members.into_iter().collect();
    let of_member = |member: &usize| {
        (0..problem.members.len()).filter(|variable| problem.members[*variable] == *member).collect()
    };
    let variables: Vec<Vec<usize>> = members.iter().map(of_member).collect();
    let alike = alike(problem, &variables);
    let mut least = Least { problem, variables, alike, served: Vec::new(), work: WORK };
    for size in 1..size.min(MOST + 1) {
        let mut chosen = Vec::new();
        if least.finds(&mut chosen, size)? {
            return Some(chosen.into_iter().map(|place| members[place]).collect());
        }
    }
    None
}

/// What a member could have: the claims of each candidate of each of its variables.
type Shape = Vec<Vec<Vec<Claim<usize>>>>;

/// For each member the last one before it that is like it.
fn alike(problem: &Problem, variables: &[Vec<usize>]) -> Vec<Option<usize>> {
    let mut user: Vec<Option<usize>> = vec![None; problem.resources];
    let mut is_shared = vec![false; problem.resources];
    for (place, of_member) in variables.iter().enumerate() {
        for claim in of_member.iter().flat_map(|variable| &problem.claims[*variable]).flatten() {
            is_shared[claim.resource] |= *user[claim.resource].get_or_insert(place) != place;
        }
    }
    // What is a member's own goes by when it comes first.
    let shape = |of_member: &Vec<usize>| -> Shape {
        let mut own: Vec<usize> = Vec::new();
        let mut known = |claim: &Claim<usize>| {
            if is_shared[claim.resource] {
                return *claim;
            }
            let place = own.iter().position(|resource| *resource == claim.resource).unwrap_or_else(|| {
                own.push(claim.resource);
                own.len() - 1
            });
            Claim { resource: problem.resources + place, ..*claim }
        };
        let mut candidate = |claims: &Vec<Claim<usize>>| claims.iter().map(&mut known).collect();
        let claims = of_member.iter().map(|variable| &problem.claims[*variable]);
        claims.map(|candidates| candidates.iter().map(&mut candidate).collect()).collect()
    };
    let mut shapes: Vec<(Shape, usize)> = Vec::new();
    let last_alike = |(place, of_member)| {
        let shape = shape(of_member);
        match shapes.iter_mut().find(|(known, _)| *known == shape) {
            Some((_, last)) => Some(std::mem::replace(last, place)),
            None => {
                shapes.push((shape, place));
                None
            }
        }
    };
    variables.iter().enumerate().map(last_alike).collect()
}

/// A search for a conflict of few members, which go by their places in the list of all.
struct Least<'p> {
    problem: &'p Problem,
    /// The variables of each member.
    variables: Vec<Vec<usize>>,
    alike: Vec<Option<usize>>,
    /// Sets that can be served together: whether each member is in it.
    served: Vec<Vec<bool>>,
    work: u32,
}

impl Least<'_> {
    /// Completes a set to one of that size which cannot be served; false where there is none, nothing where it takes too long.
    fn finds(&mut self, chosen: &mut Vec<usize>, size: usize) -> Option<bool> {
        if chosen.len() == size {
            return self.is_refuted(chosen);
        }
        for place in chosen.last().map_or(0, |last| last + 1)..self.variables.len() {
            if self.alike[place].is_some_and(|like| !chosen.contains(&like)) {
                continue;
            }
            chosen.push(place);
            if self.finds(chosen, size)? {
                return Some(true);
            }
            chosen.pop();
        }
        Some(false)
    }

    fn is_refuted(&mut self, chosen: &[usize]) -> Option<bool> {
        self.work = self.work.checked_sub(1)?;
        if self.served.iter().any(|set| chosen.iter().all(|place| set[*place])) {
            return Some(false);
        }
        let variables: Vec<usize> =
            chosen.iter().flat_map(|place| self.variables[*place].iter().copied()).collect();
        let mut held = vec![None; self.problem.resources];
        match self.seat(&variables, &mut held) {
            Some(true) => {
                self.learn(chosen, held);
                Some(false)
            }
            Some(false) => Some(true),
            None => self.is_refuted_by_search(chosen, &variables),
        }
    }

    fn is_refuted_by_search(&mut self, chosen: &[usize], variables: &[usize]) -> Option<bool> {
        let problem = self.problem;
        let domains = problem.full_domains(variables);
        if problem.match_resources(variables, &domains).is_err() {
            return Some(true);
        }
        self.work = self.work.checked_sub(HARD)?;
        match problem.search(variables, domains) {
            Outcome::Impossible => Some(true),
            Outcome::GaveUp => Some(false),
            Outcome::Found(solution) => {
                let mut held = vec![None; problem.resources];
                for (variable, candidate) in variables.iter().zip(solution) {
                    take(&problem.claims[*variable][candidate], &mut held);
                }
                self.learn(chosen, held);
                Some(false)
            }
        }
    }

    /// Notes that a set can be served, with all members that find room beside it, those behind it first.
    fn learn(&mut self, chosen: &[usize], mut held: Vec<Option<Hold>>) {
        let count = self.variables.len();
        let mut set = vec![false; count];
        chosen.iter().for_each(|place| set[*place] = true);
        let behind = chosen.last().map_or(0, |last| last + 1);
        for place in (behind..count).chain(0..behind) {
            if !set[place] {
                let variables = self.variables[place].clone();
                set[place] = self.seat(&variables, &mut held) == Some(true);
            }
        }
        self.served.push(set);
    }

    /// Gives each of the variables a candidate beside what is held; nothing where that is not easily known. Only where it is
    /// done, it holds what it took.
    fn seat(&mut self, variables: &[usize], held: &mut [Option<Hold>]) -> Option<bool> {
        let mut looks = EASY.min(self.work);
        let before = looks;
        let seated = seat(self.problem, variables, held, &mut looks);
        self.work -= before - looks;
        seated
    }
}

fn seat(problem: &Problem, variables: &[usize], held: &mut [Option<Hold>], looks: &mut u32) -> Option<bool> {
    let Some((first, rest)) = variables.split_first() else { return Some(true) };
    for claims in &problem.claims[*first] {
        *looks = looks.checked_sub(1)?;
        if !fits(claims, held) {
            continue;
        }
        let before: Vec<Option<Hold>> = claims.iter().map(|claim| held[claim.resource]).collect();
        take(claims, held);
        let seated = seat(problem, rest, held, looks);
        if seated == Some(true) {
            return seated;
        }
        for (claim, hold) in claims.iter().zip(before) {
            held[claim.resource] = hold;
        }
        seated?;
    }
    Some(false)
}

fn take(claims: &[Claim<usize>], held: &mut [Option<Hold>]) {
    for claim in claims {
        held[claim.resource] = Some(claim.hold);
    }
}
