// Package redis tells the replicas of one installation to look at the change log now, rather than at their next interval.
//
// It owns one channel, and the connections to it. What it carries is empty and may be lost, doubled or late: the change
// log alone says what happened. It knows no record and no revision.
package redis
