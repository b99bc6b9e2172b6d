// Package feed carries what is stored into the engine: it loads the whole once, follows the change log from there, and
// vouches for how fresh the engine's snapshot is.
//
// The change log is the truth; a wake-up only says "look now". It owns the translation of stored records into a snapshot
// and the loop that follows; it decides nothing and writes nothing but the log's pruning.
package feed
