namespace ControlChat.App.Start;

/// <summary>What the process tells its caller: contracts, section 1.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 64;
    public const int NoHub = 69;
    public const int InUse = 75;
    public const int Settings = 78;
}

/// <summary>The process cannot do what was asked; the message names what to change and is for the operator.</summary>
public sealed class StartException(int exitCode, string message) : Exception(message)
{
    /// <summary>One of the exit codes of contracts, section 1.</summary>
    public int ExitCode { get; } = exitCode;
}
