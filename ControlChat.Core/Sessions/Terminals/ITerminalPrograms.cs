using ControlChat.Core.Sessions.Containment;

namespace ControlChat.Core.Sessions.Terminals;

/// <summary>What a terminal may run: the agent's own interface, and the commands of <c>Sessions:Terminal:Commands</c>.</summary>
public interface ITerminalPrograms
{
    /// <summary>Names that a start may say, the agent's own first.</summary>
    IReadOnlyList<string> Names { get; }

    /// <returns>Null: it may be started; else why not, for the one who asks.</returns>
    string? Refusal(IReadOnlyList<string> command);

    /// <summary>The process of a session's terminal.</summary>
    /// <param name="command">The program's name, then its arguments.</param>
    /// <exception cref="AgentException">The program is not on this machine, or not allowed any more.</exception>
    BoxOrder Order(IReadOnlyList<string> command, AgentPlace place);
}
