// What relay-compiler compiles; relay.mjs runs the artifacts.
import { graphql } from "relay-runtime";

graphql`
  query clientsListQuery($count: Int!, $cursor: String) {
    ...clients_list @arguments(count: $count, cursor: $cursor)
  }
`;

graphql`
  fragment clients_list on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" })
  @refetchable(queryName: "clientsListPaginationQuery") {
    customers(first: $count, after: $cursor, orderBy: { field: ADDED_AT, direction: ASC })
      @connection(key: "clients_list_customers", filters: []) {
      edges {
        node {
          ...clients_customer
        }
      }
    }
  }
`;

graphql`
  fragment clients_customer on Customer @refetchable(queryName: "clientsCustomerRefetchQuery") {
    id
    name
    version
    stage {
      label
    }
    relationships(first: 1) {
      edges {
        node {
          personaName
          staff {
            name
          }
        }
      }
    }
  }
`;

graphql`
  mutation clientsRenameMutation($input: UpdateCustomerInput!) {
    updateCustomer(input: $input) {
      cursor
      customer {
        ...clients_customer
      }
      userErrors {
        __typename
        code
        field
        message
      }
    }
  }
`;

graphql`
  query clientsCursorQuery {
    cursor
  }
`;

graphql`
  subscription clientsFollowSubscription($after: String) {
    events(after: $after) {
      __typename
      cursor
      type
      subject {
        id
        ... on Customer {
          name
        }
      }
    }
  }
`;

graphql`
  query clientsAnythingQuery($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Customer {
        name
      }
    }
  }
`;
