namespace ControlChat.Core.Gate;

/// <summary>Tools that are called by a door of a higher room. They are not planned; a stop switch may name them all the same, and their own door obeys it.</summary>
public interface IFurtherTools
{
    bool Has(string name);
}
