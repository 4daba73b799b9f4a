package httpserve

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func small() *Limits { return &Limits{All: 4, PerPrincipal: 3, Queue: 2, Wait: time.Minute} }

// enters is what a principal gets who wants to do so many at once: how many are in.
func enters(t *testing.T, l *Limits, principal string, many int) (leaves []func()) {
	t.Helper()
	for range many {
		leave, err := l.enter(t.Context(), principal, http.MethodPost)
		require.NoError(t, err)
		leaves = append(leaves, leave)
	}
	return leaves
}

func TestLimits(t *testing.T) {
	l := small()
	ana := enters(t, l, "ana", 3)
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := l.enter(short, "ana", http.MethodPost)
	require.ErrorIs(t, err, errBusy, "three are as many as one may")
	eve := enters(t, l, "eve", 1)
	_, err = l.enter(short, "eve", http.MethodPost)
	require.ErrorIs(t, err, errBusy, "four are as many as all may")
	ana[0]()
	enters(t, l, "eve", 1)
	for _, leave := range append(ana[1:], eve...) {
		leave()
	}
	assert.Equal(t, 1, l.running)
	assert.Len(t, l.queues, 1, "who has nothing here is forgotten")
	assert.Empty(t, l.turn)
}

// TestTurns lets those in who ask for little, although another asked for much before.
func TestTurns(t *testing.T) {
	l := &Limits{All: 1, PerPrincipal: 1, Queue: 10, Wait: time.Minute}
	first := enters(t, l, "first", 1)
	var mu sync.Mutex
	var order []string
	var wait sync.WaitGroup
	queue := func(principal string, waiting int) {
		wait.Go(func() {
			leave, err := l.enter(t.Context(), principal, http.MethodPost)
			assert.NoError(t, err)
			mu.Lock()
			order = append(order, principal)
			mu.Unlock()
			leave()
		})
		require.Eventually(t, func() bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			q := l.queues[principal]
			return q != nil && len(q.waiting) == waiting
		}, 5*time.Second, time.Millisecond)
	}
	for i := range 6 {
		queue("greedy", i+1)
	}
	queue("modest", 1)
	first[0]()
	wait.Wait()
	assert.Equal(t, 1, slices.Index(order, "modest"), "%v", order)
	assert.Empty(t, l.queues)
}

func TestQueueIsBounded(t *testing.T) {
	l := small()
	enters(t, l, "ana", 3)
	ctx, give := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	for range 2 {
		wait.Go(func() {
			_, err := l.enter(ctx, "ana", http.MethodPost)
			assert.ErrorIs(t, err, errBusy)
		})
	}
	require.Eventually(t, func() bool { l.mu.Lock(); defer l.mu.Unlock(); return len(l.of("ana").waiting) == 2 }, 5*time.Second, time.Millisecond)
	running, waiting, streams := l.Load()
	assert.Equal(t, []int{3, 2, 0}, []int{running, waiting, streams})
	_, err := l.enter(t.Context(), "ana", http.MethodPost)
	require.ErrorIs(t, err, errBusy, "at once")
	give()
	wait.Wait()
	assert.Empty(t, l.turn)

	for range 2 {
		_, err = l.enter(t.Context(), "ana", http.MethodGet)
		require.NoError(t, err, "a stream is no work")
	}
	_, err = l.enter(t.Context(), "ana", http.MethodGet)
	require.ErrorIs(t, err, errStreams)
	running, waiting, streams = l.Load()
	assert.Equal(t, []int{3, 0, 2}, []int{running, waiting, streams})
}

// TestLimitsUnderLoad never has more inside than may be, and leaves nothing behind.
func TestLimitsUnderLoad(t *testing.T) {
	l := &Limits{All: 5, PerPrincipal: 3, Queue: 1000, Wait: time.Minute}
	var mu sync.Mutex
	inside, most := map[string]int{}, 0
	var wait sync.WaitGroup
	for i := range 300 {
		principal := string(rune('a' + i%4))
		wait.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%7 == 0 {
				time.AfterFunc(time.Duration(i)*10*time.Microsecond, cancel)
			}
			leave, err := l.enter(ctx, principal, http.MethodPost)
			if err != nil {
				return
			}
			mu.Lock()
			inside[principal]++
			assert.LessOrEqual(t, inside[principal], 3)
			all := 0
			for _, n := range inside {
				all += n
			}
			most = max(most, all)
			mu.Unlock()
			time.Sleep(100 * time.Microsecond)
			mu.Lock()
			inside[principal]--
			mu.Unlock()
			leave()
		})
	}
	wait.Wait()
	assert.Equal(t, 5, most)
	assert.Zero(t, l.running)
	assert.Empty(t, l.queues)
	assert.Empty(t, l.turn)
}
