namespace ControlChat.SampleParent;

/// <param name="HubUrl">Without a slash at the end; also the origin of the frame.</param>
/// <param name="Token">An API token of the hub, with the scopes <c>read,write</c> where tickets for control are wanted. It stays in this server.</param>
/// <param name="SessionId">The terminal session that is shown.</param>
/// <param name="Port">0: any free one.</param>
/// <param name="Host">The name people open it by; it listens on 127.0.0.1 alone.</param>
public sealed record SampleParentSettings(string HubUrl, string Token, string SessionId, int Port = 0, string Host = "127.0.0.1")
{
    // A record prints its members.
    public override string ToString() => $"{HubUrl} {SessionId}";
}
