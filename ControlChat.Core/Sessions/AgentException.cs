namespace ControlChat.Core.Sessions;

/// <summary>The agent did not do what it was asked. The message may be shown to whoever asked.</summary>
public class AgentException : Exception
{
    public AgentException() { }

    public AgentException(string message) : base(message) { }

    public AgentException(string message, Exception inner) : base(message, inner) { }
}
