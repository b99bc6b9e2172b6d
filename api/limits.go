package api

import (
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/time/rate"

	"github.com/steelengine/steelgate/management"
)

// What one caller may do before others are protected from it. They are generous: nobody who works meets them.
const (
	// failuresPerMinute is how many wrong keys or tokens may come from one client's address.
	failuresPerMinute = 600
	// changesPerSecond and changesAtOnce are how many management calls may be made for one user.
	changesPerSecond = 50
	changesAtOnce    = 1000
	// visitsPerMinute is how many sign-ins may be begun or ended from one client's address.
	visitsPerMinute = 60
	// maxLimited is how many callers are remembered; those who have been quiet are forgotten first.
	maxLimited = 100_000
)

// limits hold a budget for each of many callers.
type limits struct {
	every rate.Limit
	burst int
	now   func() time.Time

	mutex   sync.Mutex
	budgets map[string]*rate.Limiter
}

func newLimits(every rate.Limit, burst int, now func() time.Time) *limits {
	return &limits{every: every, burst: burst, now: now, budgets: map[string]*rate.Limiter{}}
}

// spend takes one from a caller's budget, and tells how long to wait where it is spent; 0 is no wait. The caller "" has no
// limit: it is nobody in particular.
func (l *limits) spend(caller string) (wait time.Duration) {
	if caller == "" {
		return 0
	}
	caller = network(caller)
	now := l.now()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	budget := l.budgets[caller]
	if budget == nil {
		l.makeRoom(now)
		budget = rate.NewLimiter(l.every, l.burst)
		l.budgets[caller] = budget
	}
	if budget.AllowN(now, 1) {
		return 0
	}
	return l.waitFor(budget, now)
}

// network is what counts as one caller: of an IPv6 address its first 64 bits, for whoever has one has all of those.
func network(caller string) string {
	address, err := netip.ParseAddr(caller)
	if err != nil || !address.Is6() {
		return caller
	}
	prefix, _ := address.Prefix(64)
	return prefix.String()
}

// isSpent tells whether a caller's budget is spent, and takes nothing.
func (l *limits) isSpent(caller string) (wait time.Duration) {
	caller = network(caller)
	now := l.now()
	l.mutex.Lock()
	defer l.mutex.Unlock()
	budget := l.budgets[caller]
	if budget == nil || budget.TokensAt(now) >= 1 {
		return 0
	}
	return l.waitFor(budget, now)
}

func (l *limits) waitFor(budget *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - budget.TokensAt(now)
	return max(time.Duration(missing/float64(l.every)*float64(time.Second)), time.Second)
}

// makeRoom forgets who has a whole budget again, and, if that is not enough, everybody: a flood of addresses must not take
// the memory.
func (l *limits) makeRoom(now time.Time) {
	if len(l.budgets) < maxLimited {
		return
	}
	for caller, budget := range l.budgets {
		if budget.TokensAt(now) >= float64(l.burst) {
			delete(l.budgets, caller)
		}
	}
	if len(l.budgets) >= maxLimited {
		clear(l.budgets)
	}
}

// tooMany is the problem of a spent budget.
func tooMany(c *gin.Context, wait time.Duration, detail string) *problem {
	c.Header("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return newProblem(http.StatusTooManyRequests, "too_many_requests", detail)
}

// limitActor holds the management calls that are made for one user below what would crowd out others. The platform's own
// backend knows what it does.
func (s *server) limitActor(c *gin.Context, who management.Actor) error {
	wait := s.changes.spend(who.UserID)
	if wait == 0 {
		return nil
	}
	s.metrics.limited.WithLabelValues("management").Inc()
	return tooMany(c, wait, "Too many calls were made for this user: wait as long as Retry-After says.")
}

// limitGuesses refuses a client whose tokens were wrong too often, before another one is looked at.
func (s *server) limitGuesses(c *gin.Context) error {
	wait := s.failures.isSpent(s.trustedProxies.endClient(c.Request))
	if wait == 0 {
		return nil
	}
	s.metrics.limited.WithLabelValues("tokens").Inc()
	return tooMany(c, wait, "Too many wrong service tokens, or sessions that have ended, came from this address: wait as long as Retry-After says.")
}
