// Package bundle packs what a stock OPA needs to decide as this service does: the policy in force, the live data as rules read it, and
// before both an entrypoint that refuses keys which are not live.
//
// It owns what goes into a bundle and what does not (names, e-mails, secrets, keys that are not live), and the one file that those who
// poll share. It decides nothing, and knows no door.
package bundle
