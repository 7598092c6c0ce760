using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Tools.Onboarding;

namespace ControlChat.App.Invitations;

/// <summary>What is shown of a pasted table before it is planned.</summary>
/// <param name="Faults">Of the whole; a row's stand beside it.</param>
/// <param name="Notes">What was left aside.</param>
/// <param name="Cost">The estimate; null: nothing.</param>
/// <param name="Arguments">Of the call; null while anything is wrong, or there is nobody.</param>
public sealed record SeveralLook(IReadOnlyList<PersonRow> Rows, IReadOnlyList<string> Faults, IReadOnlyList<string> Notes, int Steps, Cost? Cost, JsonObject? Arguments)
{
    public int Faulty => Rows.Count(r => r.Faults.Count > 0);
}
