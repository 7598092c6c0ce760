namespace ControlChat.Core.Sessions;

/// <summary>What a profile may name under <c>tools</c>. A profile that names anything else has a fault, and no session begins with it.</summary>
public interface IProfileTools
{
    /// <summary>Tools by all their names, and modules of them.</summary>
    IReadOnlyList<string> Words { get; }
}
