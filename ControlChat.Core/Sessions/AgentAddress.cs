namespace ControlChat.Core.Sessions;

/// <summary>Where agents that this process starts reach the hub; the listening side fills it in once it knows the port.</summary>
public sealed class AgentAddress
{
    /// <summary><c>http://127.0.0.1:PORT</c>, on this machine only; empty in a process that starts no agents.</summary>
    public string Url { get; set; } = "";
}
