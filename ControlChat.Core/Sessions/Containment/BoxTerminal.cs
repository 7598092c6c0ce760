namespace ControlChat.Core.Sessions.Containment;

/// <summary>
/// Whether a program in a namespace has a terminal. It is the program's alone: what it pushes into its own input (TIOCSTI) nobody else reads,
/// so a namespace with a terminal is no session of its own, which its program could not take the terminal into.
/// </summary>
public enum BoxTerminal
{
    None,

    /// <summary>Its standard streams are a terminal that belongs to no session yet: the program leads the one that gets it.</summary>
    Own,

    /// <summary>Its standard streams are the terminal of the session that it is started in.</summary>
    Shared,
}
