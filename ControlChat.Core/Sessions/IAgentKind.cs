using ControlChat.Core.Sessions.Containment;

namespace ControlChat.Core.Sessions;

/// <summary>A program that can be a workspace agent: how it is called, and how it is spoken with.</summary>
public interface IAgentKind
{
    /// <summary>As settings and profiles name it.</summary>
    string Name { get; }

    /// <summary>The permission profile that a session runs under.</summary>
    string Profile { get; }

    /// <summary>The process of a whole session. Its arguments hold no secret: others may read a command line.</summary>
    /// <exception cref="AgentException">The program is not on this machine; the message says how to install it.</exception>
    BoxOrder Order(AgentPlace place);

    /// <summary>Its own interface, for a person at a terminal.</summary>
    /// <exception cref="AgentException">As for <see cref="Order"/>, or it has none.</exception>
    BoxOrder TerminalOrder(AgentPlace place) => throw new AgentException($"The agent '{Name}' has no interface for a terminal.");

    /// <summary>Asks the program of this machine for its version.</summary>
    Task<AgentVersion> FindAsync(CancellationToken cancellationToken);

    IAgentDriver Attach(AgentPipes pipes);

    /// <summary>A process that does one prompt and ends; nobody is asked for anything.</summary>
    /// <exception cref="AgentException">As for <see cref="Order"/>.</exception>
    BoxOrder BatchOrder(AgentPlace place, string prompt, string? threadId);

    /// <summary>Follows such a process: the same events, in whole items only. The last is <see cref="AgentEvent.Ended"/>.</summary>
    IAsyncEnumerable<AgentEvent> ReadBatchAsync(AgentPipes pipes, CancellationToken cancellationToken);
}

/// <param name="Version">Null: there is none.</param>
/// <param name="Usable">False: it cannot be run.</param>
/// <param name="Advice">What the operator should know; null: nothing.</param>
public sealed record AgentVersion(string? Version, bool Usable, string? Advice);
