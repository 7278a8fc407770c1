//! The search against small problems, and against trying everything.

use proptest::prelude::*;

use super::*;

const BUDGET: u32 = 10_000;

fn alone(resource: u32) -> Claim<u32> {
    Claim { resource, hold: Hold::Alone }
}

fn set(resource: u32, to: u32) -> Claim<u32> {
    Claim { resource, hold: Hold::Set(to) }
}

fn variable(member: usize, candidates: &[&[Claim<u32>]]) -> Variable<u32> {
    Variable { member, candidates: candidates.iter().map(|claims| claims.to_vec()).collect() }
}

#[test]
fn nothing_is_solved_by_nothing() {
    assert_eq!(solve::<u32>(&[], BUDGET), Ok(vec![]));
    assert_eq!(solve(&[variable(7, &[])], BUDGET), Err(Failure::Conflict(vec![7])));
    assert_eq!(solve(&[variable(7, &[&[]])], BUDGET), Ok(vec![0]));
}

#[test]
fn an_early_wish_gives_way_to_what_is_possible() {
    // The first could have either and would like the one that the second must have.
    let first = variable(0, &[&[alone(1)], &[alone(2)]]);
    let second = variable(1, &[&[alone(1)]]);
    assert_eq!(solve(&[first, second], BUDGET), Ok(vec![1, 0]));
}

#[test]
fn settings_are_shared_by_whoever_agrees() {
    let fast = variable(0, &[&[set(9, 1000)]]);
    let either = variable(1, &[&[set(9, 50)], &[set(9, 1000)]]);
    assert_eq!(solve(&[fast.clone(), either.clone()], BUDGET), Ok(vec![0, 1]));
    let slow = variable(2, &[&[set(9, 50)]]);
    assert_eq!(solve(&[fast.clone(), either, slow], BUDGET), Err(Failure::Conflict(vec![0, 2])));
    let owner = variable(3, &[&[alone(9)]]);
    assert_eq!(solve(&[fast, owner], BUDGET), Err(Failure::Conflict(vec![0, 3])));
}

#[test]
fn a_conflict_names_only_who_is_in_it() {
    let one_of = |member, resources: &[u32]| Variable {
        member,
        candidates: resources.iter().map(|resource| vec![alone(*resource)]).collect(),
    };
    let problem =
        [one_of(0, &[5, 6]), one_of(1, &[1, 2]), one_of(2, &[1, 2]), one_of(3, &[2]), one_of(4, &[2, 7])];
    assert_eq!(solve(&problem, BUDGET), Err(Failure::Conflict(vec![1, 2, 3])));
}

#[test]
fn the_conflict_that_is_named_is_the_least() {
    let one_of = |member, resources: &[u32]| Variable {
        member,
        candidates: resources.iter().map(|resource| vec![alone(*resource)]).collect(),
    };
    let any = [1, 2, 3];
    // Four that want three, of whom two want two each.
    let each = |member: usize, count: usize| (0..count).map(move |_| one_of(member, &any));
    let problem: Vec<Variable<u32>> =
        each(0, 1).chain(each(1, 1)).chain(each(2, 2)).chain(each(3, 2)).collect();
    assert_eq!(solve(&problem, BUDGET), Err(Failure::Conflict(vec![2, 3])));
    // What is alone impossible, behind a crowd.
    let problem = [one_of(0, &[1]), one_of(1, &[1]), one_of(2, &[1, 2]), one_of(3, &[])];
    assert_eq!(solve(&problem, BUDGET), Err(Failure::Conflict(vec![3])));
}

#[test]
fn what_is_undisputed_is_in_no_conflict() {
    let one_of = |member: usize| variable(member, &[&[alone([1, 2, 1, 3][member])]]);
    let solve = |members: &[usize]| {
        solve(&members.iter().map(|member| one_of(*member)).collect::<Vec<Variable<u32>>>(), BUDGET)
    };
    assert_eq!(undisputed(vec![0, 1, 2, 3], solve), [1, 3]);
}

#[test]
fn a_thousand_on_two_are_refused_at_once() {
    let crowd: Vec<Variable<u32>> =
        (0..1_000).map(|member| variable(member, &[&[alone(0)], &[alone(1)]])).collect();
    // With one step, only the matching can have found it.
    assert_eq!(solve(&crowd, 1), Err(Failure::Conflict(vec![0, 1, 2])));
}

#[test]
fn pigeons_of_two_kinds_are_refused_at_once() {
    // Each needs a block and a channel of that block: there are enough blocks, and one channel too few.
    let many = (0..12_u32).flat_map(|member| {
        let place = 100 + member;
        let block = (0..12).map(|block| vec![alone(block), set(place, block)]).collect();
        let channel =
            (0..12).flat_map(|block| (50..61).map(move |dma| vec![alone(dma), set(place, block)])).collect();
        [
            Variable { member: member as usize, candidates: block },
            Variable { member: member as usize, candidates: channel },
        ]
    });
    let many: Vec<Variable<u32>> = many.collect();
    assert_eq!(solve(&many, BUDGET), Err(Failure::Conflict((0..12).collect())));
    let fewer: Vec<Variable<u32>> = many.into_iter().filter(|variable| variable.member < 11).collect();
    let solution = solve(&fewer, BUDGET).expect("eleven channels serve eleven");
    assert!(clashes(&fewer, &solution).is_empty());
}

#[test]
fn a_search_without_end_is_given_up() {
    // Five values in which no two agree, for six that all meet: only trying finds out, since nothing is held alone.
    let meets = |member: usize| {
        let candidate = |value: u32| {
            let with = (0..6).filter(|other| *other != member);
            with.map(|other| {
                let (low, high) = (member.min(other) as u32, member.max(other) as u32);
                Claim { resource: (low * 6 + high) * 5 + value, hold: Hold::Alone }
            })
            .collect()
        };
        Variable { member, candidates: (0..5).map(candidate).collect() }
    };
    let problem: Vec<Variable<u32>> = (0..6).map(meets).collect();
    assert_eq!(solve(&problem, 3), Err(Failure::GaveUp));
    assert_eq!(solve(&problem, BUDGET), Err(Failure::Conflict((0..6).collect())));
}

/// The pairs of variables whose choices clash.
fn clashes(variables: &[Variable<u32>], chosen: &[usize]) -> Vec<(usize, usize)> {
    let clash = |one: &Claim<u32>, other: &Claim<u32>| {
        one.resource == other.resource && (one.hold != other.hold || one.hold == Hold::Alone)
    };
    let claims = |at: usize| &variables[at].candidates[chosen[at]];
    let pairs = (0..variables.len()).flat_map(|low| (low + 1..variables.len()).map(move |high| (low, high)));
    pairs
        .filter(|(low, high)| {
            claims(*low).iter().any(|one| claims(*high).iter().any(|other| clash(one, other)))
        })
        .collect()
}

/// The first solution in the order of variables and candidates, by trying everything.
fn first_by_trying(variables: &[Variable<u32>]) -> Option<Vec<usize>> {
    let mut chosen = vec![0; variables.len()];
    if variables.iter().any(|variable| variable.candidates.is_empty()) {
        return None;
    }
    loop {
        if clashes(variables, &chosen).is_empty() {
            return Some(chosen);
        }
        let position =
            (0..variables.len()).rev().find(|at| chosen[*at] + 1 < variables[*at].candidates.len())?;
        chosen[position] += 1;
        chosen[position + 1..].fill(0);
    }
}

fn any_claim() -> impl Strategy<Value = Claim<u32>> {
    let hold = prop_oneof![3 => Just(Hold::Alone), 2 => (0_u32..2).prop_map(Hold::Set)];
    (0_u32..6, hold).prop_map(|(resource, hold)| Claim { resource, hold })
}

fn any_variable() -> impl Strategy<Value = Variable<u32>> {
    let candidate = prop::collection::vec(any_claim(), 0..3).prop_map(|mut claims| {
        claims.sort_by_key(|claim| claim.resource);
        claims.dedup_by_key(|claim| claim.resource);
        claims
    });
    (0_usize..5, prop::collection::vec(candidate, 0..4))
        .prop_map(|(member, candidates)| Variable { member, candidates })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_agrees_with_trying_everything(variables in prop::collection::vec(any_variable(), 0..7)) {
        prop_assert_eq!(is_solvable(&variables, BUDGET), first_by_trying(&variables).is_some());
        match solve(&variables, BUDGET) {
            Ok(solution) => prop_assert_eq!(Some(solution), first_by_trying(&variables)),
            Err(Failure::GaveUp) => prop_assert!(false, "so small a problem needs no {} steps", BUDGET),
            Err(Failure::Conflict(members)) => {
                let of = |kept: &dyn Fn(usize) -> bool| -> Vec<Variable<u32>> {
                    variables.iter().filter(|variable| kept(variable.member)).cloned().collect()
                };
                prop_assert_eq!(first_by_trying(&of(&|member| members.contains(&member))), None);
                for left_out in &members {
                    let rest = of(&|member| members.contains(&member) && member != *left_out);
                    prop_assert!(first_by_trying(&rest).is_some(), "{} does not matter", left_out);
                }
                for set in 0..1_u32 << 5 {
                    let fewer = of(&|member| set & 1 << member != 0);
                    let is_fewer = (set.count_ones() as usize) < members.len();
                    prop_assert!(!is_fewer || first_by_trying(&fewer).is_some(), "{:b} is less", set);
                }
            }
        }
    }
}
