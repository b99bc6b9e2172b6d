// Package smallworld enumerates what questions of an API key there are, told apart by the facts that matter, in worlds small
// enough to ask every one of them: what a policy does is what it answers here.
//
// A Class is the facts of one question, and Describe finds them for any question about any snapshot. The enumeration has one
// question for each class that it tells, and no two of one class. Its bound, over the shipped actions:
//
//   - 24 worlds: the workspace's organization (the key's, another, none) x personal keys on or off x archived x deployed;
//   - 131 keys: personal ones of each role in the workspace, in its organization and on the platform, workspace ones of each
//     narrowing, organization ones of each pair of a grant on the workspace and grants on workflows; each without and with an
//     allow-list; and the one of each type that may do the most as one that ends some day;
//   - the same people, and one whom nobody knows, as users who ask without a key;
//   - the actions with the types that have them, one that nobody has heard of and, in one state of the world, each on the
//     other types; on a resource here, elsewhere, nowhere, and one that is not there;
//   - an address that is given, missing, on the list, off it;
//   - without an allow-list also: properties that the caller claims; Wednesday night and Saturday noon beside Wednesday noon;
//     and of what may do the most in the plainest world every hour of a week.
//
// That is about 70,000 questions. What it does not tell: minutes and dates, what a caller adds to the context, stored
// properties but deployed and workflow_ids, names, and rules about one id. Combinations that are not enumerated are an odd
// hour with an allow-list, claimed properties with either, any of these with personal keys off where the key is no personal
// one, and grants on more than two workflows.
//
// It knows snapshots and the vocabulary, and no policy. Every key is live: of one that is not, no policy is asked.
package smallworld
