namespace ControlChat.Core.Sessions.Codex;

/// <summary>What to do with a request of the server.</summary>
internal abstract record Asked
{
    private Asked() { }

    /// <summary>A person decides.</summary>
    public sealed record Person(AgentApproval Approval) : Asked;

    /// <summary>Nobody needs to decide: this is the answer.</summary>
    public sealed record Settled(object Result, string Note) : Asked;

    /// <summary>Nothing we answer.</summary>
    public sealed record Refused(int Code, string Message) : Asked;
}
