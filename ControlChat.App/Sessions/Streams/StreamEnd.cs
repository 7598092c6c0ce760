namespace ControlChat.App.Sessions.Streams;

/// <summary>Why a connection ends: the codes of contracts, section 8, and of RFC 6455.</summary>
/// <param name="Newest">With <see cref="IsSlow"/>: a sequence that there is.</param>
internal sealed record StreamEnd(int Status, string Reason, long Newest = 0)
{
    private const int TooSlow = 4001;

    public static StreamEnd Gone { get; } = new(1000, "");
    public static StreamEnd Stopping { get; } = new(1001, "The hub stops. Connect again.");
    public static StreamEnd NoAnswer { get; } = new(1001, "No heartbeat was answered.");
    public static StreamEnd Unclear { get; } = new(1008, "Send JSON text of version 1.");
    public static StreamEnd Failed { get; } = new(1011, "The stream failed. Connect again.");
    public static StreamEnd Unavailable { get; } = new(1013, "The hub's database does not answer. Connect again later.");
    public static StreamEnd Ended { get; } = new(4000, "The session has ended.");
    public static StreamEnd Denied { get; } = new(4003, "You may not see this session any more.");

    /// <summary>Its last frame is a gap from behind what it has to the newest there is.</summary>
    public bool IsSlow => Status == TooSlow;

    /// <summary>Nothing is lost: it goes on when the client connects again behind what it has.</summary>
    public static StreamEnd Slow(long newest = 0) => new(TooSlow, "Too slow. Connect again.", newest);
}
