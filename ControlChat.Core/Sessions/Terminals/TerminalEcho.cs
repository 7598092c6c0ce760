namespace ControlChat.Core.Sessions.Terminals;

/// <summary>Whether what is typed shows: termios(3).</summary>
public enum TerminalEcho
{
    /// <summary>The terminal itself repeats it (<c>ECHO</c>).</summary>
    Shown,

    /// <summary>It does not, as where a password is asked for; also where nobody can tell.</summary>
    Hidden,

    /// <summary>The program reads single keys and draws what it likes of them: a line that is edited, or stars for a password.</summary>
    ByProgram,
}
