namespace ControlChat.Core.Sessions.Work;

/// <summary>Bounds what one agent makes the hub write and send: a flood ends its session, or is not shown while it runs.</summary>
/// <param name="megabytes"><c>Sessions:OutputMegabytes</c>.</param>
internal sealed class SessionOutput(int megabytes, TimeProvider time)
{
    /// <summary>Characters of running commands' output that are shown in a second; the rest is in what is kept when the command is done.</summary>
    public const int ShownPerSecond = 256 * 1024;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly long _most = megabytes * 1024L * 1024L;
    private long _kept;
    private long _since = time.GetTimestamp();
    private int _shown;

    /// <summary>What an earlier worker kept.</summary>
    public void Begin(long kept) => _kept = kept;

    /// <returns>Null: it may be kept; else why not, for the session's owner.</returns>
    public string? Keep(SessionEvent happened)
    {
        _kept += happened.Data.ToJsonString().Length;
        return _kept <= _most ? null : $"The agent said and printed more than {megabytes} MiB, as much as one session may (Sessions:OutputMegabytes).";
    }

    public bool MayShow(SessionEvent passing)
    {
        if (passing.Type != SessionEvents.CommandOutput) return true;
        if (time.GetElapsedTime(_since) >= Second) (_since, _shown) = (time.GetTimestamp(), 0);
        _shown += passing.Data["text"]!.GetValue<string>().Length;
        return _shown <= ShownPerSecond;
    }
}
