namespace ControlChat.Core.Sessions.Work;

/// <summary>
/// How much of a command's output is shown while it grows. A command may write faster than anybody reads; what is kept of it is told when
/// it is done, and everything beyond is nobody's to look through.
/// </summary>
internal sealed class PassingOutput
{
    /// <summary>Characters of one command.</summary>
    public const int Most = 256 * 1024;

    // Of one session, however many commands it says there are.
    private const long MostOfAll = 64L * Most;
    private const int MostCommands = 1_000;

    private readonly Dictionary<string, int> _passed = new(StringComparer.Ordinal);
    private long _all;

    /// <returns>Whether this one is still shown.</returns>
    public bool Allows(AgentEvent happened)
    {
        switch (happened)
        {
            case AgentEvent.CommandOutput output:
                _all += output.Text.Length;
                if (_all > MostOfAll || (_passed.Count >= MostCommands && !_passed.ContainsKey(output.ItemId))) return false;
                var passed = Math.Min(Most + 1, _passed.GetValueOrDefault(output.ItemId) + Math.Min(Most + 1, output.Text.Length));
                _passed[output.ItemId] = passed;
                return passed <= Most;
            case AgentEvent.CommandFinished finished:
                _passed.Remove(finished.ItemId);
                return true;
            default:
                return true;
        }
    }
}
