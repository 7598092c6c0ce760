namespace ControlChat.Core.Sessions.Work;

/// <summary>Bounds what one agent makes the hub keep: a flood ends its session.</summary>
/// <param name="megabytes"><c>Sessions:OutputMegabytes</c>.</param>
internal sealed class SessionOutput(int megabytes)
{
    private readonly long _most = megabytes * 1024L * 1024L;
    private long _kept;

    /// <summary>What an earlier worker kept.</summary>
    public void Begin(long kept) => _kept = kept;

    /// <returns>Null: it may be kept; else why not, for the session's owner.</returns>
    public string? Keep(SessionEvent happened)
    {
        _kept += happened.Data.ToJsonString().Length;
        return _kept <= _most ? null : $"The agent said and printed more than {megabytes} MiB, as much as one session may (Sessions:OutputMegabytes).";
    }
}
