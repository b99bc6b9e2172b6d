package api

import "time"

// BatchTime has the questions of one request take so long at most, until restore is called.
func BatchTime(d time.Duration) (restore func()) {
	was := batchTime
	batchTime = d
	return func() { batchTime = was }
}
