using ControlChat.Core.Gate.Grants;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals.Grants;

/// <summary>The proposal on one receipt: what could be allowed from now on, and what came of allowing it.</summary>
internal sealed class GrantNoteState(string approvalId, ApprovalDesk desk)
{
    public GrantOffer? Offer { get; private set; }

    public Grant? Made { get; private set; }

    /// <summary>Names of the ids that are proposed, as the reader may know them.</summary>
    public IReadOnlyDictionary<string, string> Names { get; private set; } = new Dictionary<string, string>();

    public int Count { get; set; }

    public int Days { get; set; }

    public bool NeedsFreshSignIn { get; private set; }

    /// <summary>Why nothing was granted.</summary>
    public string? Trouble { get; private set; }

    public async Task LoadAsync()
    {
        try
        {
            if (desk.Reader is not { } reader || await desk.Grants.OfferAsync(reader, approvalId, CancellationToken.None) is not { } offer) return;
            Names = await GrantWords.NamesAsync(desk, offer.Constraints);
            (Count, Days, Offer) = (offer.Count, offer.Days, offer);
        }
        catch (HubUnavailableException)
        {
            // A proposal is nobody's need.
        }
    }

    public void Restore(string count, string days)
    {
        if (int.TryParse(count, out var uses)) Count = uses;
        if (int.TryParse(days, out var many)) Days = many;
    }

    /// <returns>Whether it was made.</returns>
    public async Task<bool> MakeAsync()
    {
        (NeedsFreshSignIn, Trouble) = (false, null);
        if (Offer is not { } offer || desk.Reader is not { } reader) return false;
        if (Days is < 1 or > 30)
        {
            Trouble = Texts.DaysRange;
            return false;
        }
        try
        {
            // A minute less than the most, so that a clock beside the hub's makes no difference.
            var ends = desk.Time.GetUtcNow().AddDays(Days) - TimeSpan.FromMinutes(Days == 30 ? 1 : 0);
            switch (await desk.Grants.MakeAsync(reader, approvalId, new GrantRequest(offer.Constraints, Count, ends), CancellationToken.None))
            {
                case GrantAnswer.Done done:
                    Made = done.Grant;
                    return true;
                case GrantAnswer.Refused { Code: "step_up_required" }:
                    NeedsFreshSignIn = true;
                    return false;
                case GrantAnswer.Refused refused:
                    Trouble = refused.Message;
                    return false;
            }
        }
        catch (HubUnavailableException e)
        {
            Trouble = e.Message;
        }
        return false;
    }
}
