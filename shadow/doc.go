// Package shadow runs a candidate policy beside the one in force, on the traffic of this process, and decides nothing.
//
// It owns what the two disagree about. What was decided is handed to it after the fact; it decides the same again by the
// candidate, over the same data at the same moment, when there is time for that. It never makes a decision wait, and sheds,
// and counts, what it can't keep up with. It knows neither doors nor storage.
package shadow
