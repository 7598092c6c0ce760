namespace ControlChat.Core.Sessions.Codex;

/// <summary>
/// A model call that broke off is made again, and says again what it had said: a message that was shown is then not shown a second time.
/// What was said before a tool was called belongs to an earlier call and is not expected again. Of very much that was said the oldest is
/// not remembered, and would be shown twice.
/// </summary>
internal sealed class Repeats
{
    private const int MostMessages = 100;
    private const int MostCharacters = 1024 * 1024;
    private readonly Queue<string> _said = [];
    private int _characters;
    private List<string> _expected = [];

    public void Said(string text)
    {
        if (text.Length > MostCharacters) return;
        _said.Enqueue(text);
        _characters += text.Length;
        while (_said.Count > MostMessages || _characters > MostCharacters) _characters -= _said.Dequeue().Length;
    }

    /// <summary>A new model call begins, and it is no repetition.</summary>
    public void Forget()
    {
        _said.Clear();
        _characters = 0;
        _expected = [];
    }

    /// <summary>The call is made again.</summary>
    public void Retry() => _expected = [.. _said];

    /// <summary>Whether this message was shown; each is swallowed once a repetition.</summary>
    public bool Swallow(string text) => _expected.Remove(text);

    /// <summary>A message begins.</summary>
    public Beginning Begin() => new(this);

    /// <summary>Whether a message that is being written may be one that was shown. It looks at each piece once.</summary>
    internal sealed class Beginning(Repeats repeats)
    {
        private readonly List<string> _expected = repeats._expected;
        private readonly List<string> _like = [.. repeats._expected];
        private int _length;

        public bool MayRepeat => _like.Count > 0 && ReferenceEquals(_expected, repeats._expected);

        public void Add(string piece)
        {
            _like.RemoveAll(text => !text.AsSpan(Math.Min(_length, text.Length)).StartsWith(piece, StringComparison.Ordinal));
            _length += piece.Length;
        }
    }
}
