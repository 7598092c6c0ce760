using System.Text.Json.Nodes;

namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>
/// What was typed, on its way to the record, in order. Where the program draws keys by itself, their text is recorded only when it is the next thing that the
/// program draws: a line that is edited shows it, a question for a password does not. Else, and in doubt, only how long it was.
/// </summary>
internal sealed class EchoWatch : IDisposable
{
    /// <summary>How long a program may take to show a key. The record is at most 250 ms behind, and takes 150 of them itself.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(90);

    private readonly Action<JsonObject, int> _record;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly Queue<Typing> _waiting = new();
    private readonly ITimer _timer;
    private volatile bool _watches;
    private bool _isTimed;

    /// <param name="record">Takes what is recorded, and how many bytes were typed.</param>
    public EchoWatch(Action<JsonObject, int> record, TimeProvider time)
    {
        (_record, _time) = (record, time);
        _timer = time.CreateTimer(_ => Expire(all: false), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Before it is typed: the program may be faster than whoever types.</summary>
    /// <param name="account">Who types; null: the hub.</param>
    public Typing Expect(string? account, ReadOnlyMemory<byte> input)
    {
        var typing = new Typing(account, input);
        lock (_gate)
        {
            _waiting.Enqueue(typing);
            _watches = true;
        }
        return typing;
    }

    /// <summary>It was typed, as far as the program took it.</summary>
    /// <param name="before">How the terminal echoed just before it, and behind it: a program may begin to ask for a password in between.</param>
    public void Typed(Typing typing, int taken, TerminalEcho before, TerminalEcho behind)
    {
        lock (_gate)
        {
            typing.Take(taken, before == TerminalEcho.Hidden || behind == TerminalEcho.Hidden ? false : before == TerminalEcho.Shown && behind == TerminalEcho.Shown ? true : null, _time.GetTimestamp());
            Release();
            // Never later than for the one before it.
            if (typing.IsOpen && !_isTimed) Wait(Patience);
        }
    }

    /// <summary>What the program printed.</summary>
    public void Saw(ReadOnlySpan<byte> printed)
    {
        if (!_watches) return;
        lock (_gate)
        {
            var drawn = new DrawnText(printed);
            foreach (var typing in _waiting)
                if (typing.IsUndecided && !typing.Match(ref drawn)) break;
            Release();
        }
    }

    /// <summary>Nothing is waited for any longer.</summary>
    public void Finish() => Expire(all: true);

    public void Dispose() => _timer.Dispose();

    private void Expire(bool all)
    {
        lock (_gate)
        {
            _isTimed = false;
            var rest = Timeout.InfiniteTimeSpan;
            foreach (var typing in _waiting)
            {
                if (!typing.IsOpen) continue;
                var left = Patience - _time.GetElapsedTime(typing.Since);
                if (all || left <= TimeSpan.Zero) typing.Miss();
                else if (rest == Timeout.InfiniteTimeSpan) rest = left;
            }
            Release();
            if (rest != Timeout.InfiniteTimeSpan) Wait(rest);
        }
    }

    private void Wait(TimeSpan time)
    {
        _isTimed = true;
        _timer.Change(time, Timeout.InfiniteTimeSpan);
    }

    private void Release()
    {
        while (_waiting.TryPeek(out var first) && first.IsDecided)
        {
            _waiting.Dequeue();
            if (first.Bytes > 0) _record(first.Entry(), first.Bytes);
        }
        _watches = _waiting.Count > 0;
    }

    /// <summary>One piece that is typed.</summary>
    internal sealed class Typing(string? account, ReadOnlyMemory<byte> input)
    {
        // Its own: whoever typed it uses the memory again before this is decided.
        private readonly byte[] _input = input.ToArray();
        private readonly byte[] _drawn = DrawnText.Of(input.Span);
        private int _matched;
        private int _expected;
        private bool _missed;
        private bool? _shown;

        public long Since { get; private set; }

        /// <summary>That were typed; below 0: it is being typed.</summary>
        public int Bytes { get; private set; } = -1;

        public bool IsUndecided => _shown is null;

        public bool IsDecided => Bytes >= 0 && _shown is not null;

        /// <summary>It was typed, and what the program does with it is waited for.</summary>
        public bool IsOpen => Bytes >= 0 && _shown is null;

        public void Take(int taken, bool? shown, long now)
        {
            (Bytes, Since) = (taken, now);
            _expected = taken == _input.Length ? _drawn.Length : DrawnText.Of(_input.AsSpan(0, taken)).Length;
            _shown = shown ?? (_matched >= _expected ? true : _missed ? false : null);
        }

        public void Miss() => _shown = false;

        /// <returns>False: nothing is left of what was drawn, or it was something else.</returns>
        public bool Match(ref DrawnText drawn)
        {
            var end = Bytes < 0 ? _drawn.Length : _expected;
            while (!_missed && _matched < end)
            {
                if (!drawn.Next(out var one)) return false;
                if (one == _drawn[_matched]) _matched++;
                else _missed = true;
            }
            if (Bytes >= 0) _shown = !_missed;
            return !_missed;
        }

        public JsonObject Entry()
        {
            var data = new JsonObject { ["account"] = account };
            if (_shown == true) data["data"] = Convert.ToBase64String(_input.AsSpan(0, Bytes));
            else data["hidden"] = Bytes;
            return data;
        }
    }
}
