//! A small search: every variable gets one of its candidates, so that no two candidates clash over a resource.
//!
//! In: [`Variable`]s, each with its candidates, the best first. Out: the assignment that is first in the order of
//! variables and candidates, so that the answer depends on nothing else; or the members of a smallest conflict, which
//! [`least`] looks for.
//!
//! Variables that share no resource are solved apart. Before anything is tried, a matching of variables to resources
//! finds that there are too few of them; without it a thousand variables on two resources would be tried in all their
//! orders. The rest is backtracking on the variable with the fewest candidates left, and what is certain is carried on.

mod least;

use std::collections::{BTreeMap, BTreeSet};

/// Steps that are tried before a search gives up; problems of real boards need fewer than a hundred.
pub(super) const BUDGET: u32 = 100_000;

/// Conflicts beside one whose remedies are looked for.
const MOST_CONFLICTS: usize = 8;

/// Something that is looked for.
#[derive(Clone, Debug)]
pub(super) struct Variable<R> {
    /// Whom it serves. A conflict names members, and a member may have several variables.
    pub(super) member: usize,
    /// What it may become, the best first.
    pub(super) candidates: Vec<Vec<Claim<R>>>,
}

/// What a candidate takes. A candidate claims a resource once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claim<R> {
    /// What is taken.
    pub(super) resource: R,
    /// Together with whom.
    pub(super) hold: Hold,
}

/// Whether others may hold a resource too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// Nobody else.
    Alone,
    /// Whoever wants it set to the same value.
    Set(u32),
}

/// Why there is no assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// These members cannot all be served; without any one of them, the others can. Where that can be known at little cost,
    /// there is no conflict of fewer. Sorted.
    Conflict(Vec<usize>),
    /// Neither an assignment nor a proof that there is none was found within the budget.
    GaveUp,
}

/// The index of the candidate that each variable gets.
pub(super) fn solve<R: Copy + Ord>(variables: &[Variable<R>], budget: u32) -> Result<Vec<usize>, Failure> {
    let problem = Problem::new(variables, budget);
    let mut chosen = vec![0; variables.len()];
    for part in problem.parts() {
        for (variable, candidate) in part.iter().zip(problem.first_solution(&part)?) {
            chosen[*variable] = candidate;
        }
    }
    Ok(chosen)
}

/// Whether there is an assignment at all.
pub(super) fn is_solvable<R: Copy + Ord>(variables: &[Variable<R>], budget: u32) -> bool {
    let problem = Problem::new(variables, budget);
    let is_found = |part: Vec<usize>| {
        let domains = problem.full_domains(&part);
        matches!(problem.search(&part, domains), Outcome::Found(_))
    };
    problem.parts().into_iter().all(is_found)
}

/// Those of the members that are in no conflict among themselves; `solve` tries some of them. What is proposed to end another
/// conflict is held against these; where there are a great many conflicts, against nobody.
pub(super) fn undisputed(
    mut members: Vec<usize>,
    mut solve: impl FnMut(&[usize]) -> Result<Vec<usize>, Failure>,
) -> Vec<usize> {
    for _ in 0..MOST_CONFLICTS {
        match solve(&members) {
            Ok(_) => return members,
            Err(Failure::Conflict(crowd)) => members.retain(|member| !crowd.contains(member)),
            Err(Failure::GaveUp) => break,
        }
    }
    Vec::new()
}

/// The variables with their resources numbered.
struct Problem {
    members: Vec<usize>,
    /// By variable, then by candidate.
    claims: Vec<Vec<Vec<Claim<usize>>>>,
    resources: usize,
    budget: u32,
}

/// What came of trying.
enum Outcome {
    Found(Vec<usize>),
    Impossible,
    GaveUp,
}

/// The candidates that are left to each variable of a part.
type Domains = Vec<Vec<usize>>;

impl Problem {
    fn new<R: Copy + Ord>(variables: &[Variable<R>], budget: u32) -> Problem {
        let mut numbers: BTreeMap<R, usize> = BTreeMap::new();
        let mut number = |claim: &Claim<R>| {
            let next = numbers.len();
            Claim { resource: *numbers.entry(claim.resource).or_insert(next), hold: claim.hold }
        };
        let mut numbered = |candidate: &Vec<Claim<R>>| candidate.iter().map(&mut number).collect();
        let claims = variables
            .iter()
            .map(|variable| variable.candidates.iter().map(&mut numbered).collect())
            .collect();
        let members = variables.iter().map(|variable| variable.member).collect();
        Problem { members, claims, resources: numbers.len(), budget }
    }

    /// The variables in groups that share no resource, each in order.
    fn parts(&self) -> Vec<Vec<usize>> {
        let mut groups = Groups((0..self.claims.len()).collect());
        let mut first_user = vec![None; self.resources];
        for (variable, candidates) in self.claims.iter().enumerate() {
            for claim in candidates.iter().flatten() {
                match first_user[claim.resource] {
                    Some(other) => groups.join(variable, other),
                    None => first_user[claim.resource] = Some(variable),
                }
            }
        }
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for variable in 0..self.claims.len() {
            parts.entry(groups.root(variable)).or_default().push(variable);
        }
        parts.into_values().collect()
    }

    /// The least solution of a part: each variable in turn gets the best candidate with which the rest can be solved.
    fn first_solution(&self, part: &[usize]) -> Result<Vec<usize>, Failure> {
        let domains = self.full_domains(part);
        if let Err(crowd) = self.match_resources(part, &domains) {
            return Err(Failure::Conflict(self.least_conflict(&crowd)));
        }
        let mut solution = match self.search(part, domains.clone()) {
            Outcome::Found(solution) => solution,
            Outcome::Impossible => return Err(Failure::Conflict(self.least_conflict(part))),
            Outcome::GaveUp => return Err(Failure::GaveUp),
        };
        let mut fixed = domains.clone();
        for (position, candidates) in domains.iter().enumerate() {
            for candidate in candidates {
                fixed[position] = vec![*candidate];
                if solution[position] == *candidate {
                    break;
                }
                if let Outcome::Found(better) = self.search(part, fixed.clone()) {
                    solution = better;
                    break;
                }
            }
        }
        Ok(solution)
    }

    /// The members of a conflict of the least size; `variables` cannot be solved together.
    fn least_conflict(&self, variables: &[usize]) -> Vec<usize> {
        let kept = self.irreducible_conflict(variables);
        least::smaller_conflict(self, kept.len()).unwrap_or(kept)
    }

    /// The members of variables that cannot be solved together, less every member that does not matter for that.
    /// Later members are let go first, so that the members named are early ones.
    fn irreducible_conflict(&self, variables: &[usize]) -> Vec<usize> {
        let all: BTreeSet<usize> = variables.iter().map(|variable| self.members[*variable]).collect();
        let mut kept = all.clone();
        for member in all.iter().rev() {
            kept.remove(member);
            let of_kept = (0..self.members.len()).filter(|variable| kept.contains(&self.members[*variable]));
            if !self.is_refuted(&of_kept.collect::<Vec<usize>>()) {
                kept.insert(*member);
            }
        }
        kept.into_iter().collect()
    }

    fn is_refuted(&self, variables: &[usize]) -> bool {
        let domains = self.full_domains(variables);
        self.match_resources(variables, &domains).is_err()
            || matches!(self.search(variables, domains), Outcome::Impossible)
    }

    fn full_domains(&self, part: &[usize]) -> Domains {
        part.iter().map(|variable| (0..self.claims[*variable].len()).collect()).collect()
    }

    fn search(&self, part: &[usize], domains: Domains) -> Outcome {
        self.descend(part, domains, &mut self.budget.clone())
    }

    fn descend(&self, part: &[usize], mut domains: Domains, budget: &mut u32) -> Outcome {
        if *budget == 0 {
            return Outcome::GaveUp;
        }
        *budget -= 1;
        if !self.propagate(part, &mut domains) || self.match_resources(part, &domains).is_err() {
            return Outcome::Impossible;
        }
        let open = (0..part.len()).filter(|position| domains[*position].len() > 1);
        let Some(position) = open.min_by_key(|position| domains[*position].len()) else {
            return Outcome::Found(domains.into_iter().flatten().collect());
        };
        for candidate in domains[position].clone() {
            let mut narrowed = domains.clone();
            narrowed[position] = vec![candidate];
            match self.descend(part, narrowed, budget) {
                Outcome::Impossible => {}
                settled => return settled,
            }
        }
        Outcome::Impossible
    }

    /// Takes candidates away that clash with what is certain, until nothing changes; false when a variable has none.
    fn propagate(&self, part: &[usize], domains: &mut Domains) -> bool {
        let mut held: Vec<Option<Hold>> = vec![None; self.resources];
        let mut certain = vec![false; part.len()];
        loop {
            let mut changed = false;
            for (position, variable) in part.iter().enumerate() {
                if certain[position] {
                    continue;
                }
                let claims = &self.claims[*variable];
                domains[position].retain(|candidate| fits(&claims[*candidate], &held));
                match domains[position][..] {
                    [] => return false,
                    [only] => {
                        for claim in &claims[only] {
                            held[claim.resource] = Some(claim.hold);
                        }
                        certain[position] = true;
                        changed = true;
                    }
                    _ => {}
                }
            }
            if !changed {
                return true;
            }
        }
    }

    /// Gives each variable that needs a resource alone one of its own, or returns the variables of the first crowd that
    /// has one resource too few (Hall's theorem; augmenting paths).
    fn match_resources(&self, part: &[usize], domains: &Domains) -> Result<(), Vec<usize>> {
        let mut matching = Matching {
            wanted: Vec::new(),
            owner: vec![None; self.resources],
            seen: vec![usize::MAX; self.resources],
        };
        let mut variables = Vec::new();
        for (position, variable) in part.iter().enumerate() {
            let claims = &self.claims[*variable];
            let wanted = domains[position].iter().map(|candidate| first_alone(&claims[*candidate]));
            // A variable with a candidate that needs nothing alone never lacks anything here.
            let Some(wanted) = wanted.collect::<Option<BTreeSet<usize>>>() else { continue };
            let who = variables.len();
            variables.push(*variable);
            matching.wanted.push(wanted.into_iter().collect());
            if !matching.augment(who, who) {
                let crowd = (0..matching.owner.len())
                    .filter(|resource| matching.seen[*resource] == who)
                    .filter_map(|resource| matching.owner[resource])
                    .chain([who]);
                return Err(crowd.map(|who| variables[who]).collect());
            }
        }
        Ok(())
    }
}

fn fits(claims: &[Claim<usize>], held: &[Option<Hold>]) -> bool {
    claims.iter().all(|claim| match (held[claim.resource], claim.hold) {
        (None, _) => true,
        (Some(Hold::Set(one)), Hold::Set(other)) => one == other,
        _ => false,
    })
}

fn first_alone(claims: &[Claim<usize>]) -> Option<usize> {
    claims.iter().find(|claim| claim.hold == Hold::Alone).map(|claim| claim.resource)
}

/// A matching of variables to resources in the making.
struct Matching {
    /// What each variable could have.
    wanted: Vec<Vec<usize>>,
    /// Who has each resource.
    owner: Vec<Option<usize>>,
    /// For whom each resource was looked at last.
    seen: Vec<usize>,
}

impl Matching {
    /// Finds a resource for `who`, moving its owner to another one where that helps. `round` is the variable for
    /// which it is all done.
    fn augment(&mut self, who: usize, round: usize) -> bool {
        for place in 0..self.wanted[who].len() {
            let resource = self.wanted[who][place];
            if self.seen[resource] == round {
                continue;
            }
            self.seen[resource] = round;
            if self.owner[resource].is_none_or(|owner| self.augment(owner, round)) {
                self.owner[resource] = Some(who);
                return true;
            }
        }
        false
    }
}

/// Groups of variables, each pointing towards the first of its group.
struct Groups(Vec<usize>);

impl Groups {
    fn root(&mut self, mut variable: usize) -> usize {
        while self.0[variable] != variable {
            self.0[variable] = self.0[self.0[variable]];
            variable = self.0[variable];
        }
        variable
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other);
    }
}

#[cfg(test)]
mod tests;
