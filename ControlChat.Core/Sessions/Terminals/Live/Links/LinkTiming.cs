namespace ControlChat.Core.Sessions.Terminals.Live.Links;

internal static class LinkTiming
{
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(4);

    /// <summary>Without a sign for so long, the other side is gone.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(12);

    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of frames that may be under way to one reader.</summary>
    public const long Window = 1024 * 1024;
}
