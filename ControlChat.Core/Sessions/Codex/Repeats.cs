namespace ControlChat.Core.Sessions.Codex;

/// <summary>
/// A model call that broke off is made again, and says again what it had said: a message that was shown is then not shown a second time.
/// What was said before a tool was called belongs to an earlier call and is not expected again.
/// </summary>
internal sealed class Repeats
{
    private readonly List<string> _said = [];
    private readonly List<string> _expected = [];

    public void Said(string text) => _said.Add(text);

    /// <summary>A new model call begins, and it is no repetition.</summary>
    public void Forget()
    {
        _said.Clear();
        _expected.Clear();
    }

    /// <summary>The call is made again.</summary>
    public void Retry()
    {
        _expected.Clear();
        _expected.AddRange(_said);
    }

    /// <summary>Whether a message that begins so may be one that was shown.</summary>
    public bool MayBecome(string beginning) => _expected.Any(text => text.StartsWith(beginning, StringComparison.Ordinal));

    /// <summary>Whether this message was shown; each is swallowed once a repetition.</summary>
    public bool Swallow(string text) => _expected.Remove(text);
}
