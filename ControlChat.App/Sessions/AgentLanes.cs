namespace ControlChat.App.Sessions;

/// <summary>How many calls of one session are under way at once in this process.</summary>
internal sealed class AgentLanes
{
    /// <summary>A turn of Codex makes one call at a time; beside it there are summaries, and a few threads of one process.</summary>
    public const int Most = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Taken> _taken = new(StringComparer.Ordinal);

    /// <returns>To be disposed of at the end of the call; null when there are as many as there may be.</returns>
    public Lane? Enter(string sessionId)
    {
        lock (_lock)
        {
            if (!_taken.TryGetValue(sessionId, out var taken)) _taken.Add(sessionId, taken = new Taken());
            if (taken.Count >= Most) return null;
            taken.Count++;
            return new Lane(this, sessionId, taken.Body);
        }
    }

    private void Leave(string sessionId)
    {
        lock (_lock)
        {
            var taken = _taken[sessionId];
            if (--taken.Count > 0) return;
            _taken.Remove(sessionId);
            taken.Dispose();
        }
    }

    /// <param name="body">Held by the one call of the session whose body is read.</param>
    internal sealed class Lane(AgentLanes lanes, string sessionId, SemaphoreSlim body) : IDisposable
    {
        private bool _left;

        public SemaphoreSlim Body => body;

        public void Dispose()
        {
            if (!_left) lanes.Leave(sessionId);
            _left = true;
        }
    }

    private sealed class Taken : IDisposable
    {
        public int Count { get; set; }

        public SemaphoreSlim Body { get; } = new(1);

        public void Dispose() => Body.Dispose();
    }
}
