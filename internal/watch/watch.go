// Package watch lets others look on while work is done: who counts it, who traces it.
package watch

import "context"

// Func is told that work begins, and returns the context to do it in and whom to tell
// what became of it. A nil one looks at nothing.
type Func[Work, End any] func(context.Context, Work) (context.Context, func(End))

// Begin tells of work that begins. The function it returns is to be called once.
func (f Func[Work, End]) Begin(ctx context.Context, work Work) (context.Context, func(End)) {
	if f == nil {
		return ctx, func(End) {}
	}
	return f(ctx, work)
}

// Then has another look on as well, inside of what f makes of the context.
func (f Func[Work, End]) Then(other Func[Work, End]) Func[Work, End] {
	switch {
	case f == nil:
		return other
	case other == nil:
		return f
	}
	return func(ctx context.Context, work Work) (context.Context, func(End)) {
		ctx, first := f(ctx, work)
		ctx, second := other(ctx, work)
		return ctx, func(end End) {
			second(end)
			first(end)
		}
	}
}
