/** A state that only events change. */
export interface Store<State, Event> {
  readonly state: State
  dispatch(event: Event): void
}

/**
 * Runs a pure reducer. Events are handled one after the other, also those that an effect dispatches: all effects of one
 * event are done before the next event is looked at.
 */
export function createStore<State, Event, Effect>(
  initial: State,
  next: (state: State, event: Event) => { readonly state: State; readonly effects: readonly Effect[] },
  run: (effect: Effect) => void,
): Store<State, Event> {
  let state = initial
  const events: Event[] = []
  let isHandling = false

  return {
    get state() {
      return state
    },
    dispatch(event) {
      events.push(event)
      if (isHandling) return
      isHandling = true
      try {
        for (let first = events.shift(); first !== undefined; first = events.shift()) {
          const step = next(state, first)
          state = step.state
          for (const effect of step.effects) run(effect)
        }
      } finally {
        isHandling = false
      }
    },
  }
}
